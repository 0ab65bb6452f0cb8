import { randomUUID } from 'node:crypto';
import { storeContract } from '@continuum/testing/store-contract';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { openPostgresStore } from '../src/postgres.ts';

const server = process.env.TEST_DATABASE_URL;

async function onServer(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

function suite(url: string): void {
  const database = `continuum_test_${randomUUID().replaceAll('-', '')}`;
  beforeAll(() => onServer(url, `create database ${database}`));
  afterAll(() => onServer(url, `drop database ${database} with (force)`));
  storeContract('PostgreSQL', (now) => {
    const own = new URL(url);
    own.pathname = `/${database}`;
    return openPostgresStore({ url: own.href, now });
  });
}

describe('on a server', () => {
  if (server === undefined)
    test.skip('PostgreSQL: set TEST_DATABASE_URL, for example postgres://postgres@127.0.0.1:5432/postgres');
  else suite(server);
});
