import { storeContract } from '@continuum/testing/store-contract';
import { createTestDatabase, type TestDatabase, testServer } from '@continuum/testing/test-database';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { openPostgresStore } from '../src/postgres.ts';

function suite(server: string): void {
  let database: TestDatabase | undefined;
  beforeAll(async () => {
    database = await createTestDatabase(server);
  });
  afterAll(() => database?.drop());
  storeContract('PostgreSQL', async (now) => openPostgresStore({ url: database?.url ?? '', now }));
}

describe('on a server', () => {
  if (testServer === undefined)
    test.skip('PostgreSQL: set TEST_DATABASE_URL, for example postgres://postgres@127.0.0.1:5432/postgres');
  else suite(testServer);
});
