import { randomUUID } from 'node:crypto';
import { Client } from 'pg';

/** An empty database of a test's own. */
export interface TestDatabase {
  readonly url: string;
  /** Also while somebody is connected. */
  drop(): Promise<void>;
}

/** The server that tests may make databases on, for example `postgres://postgres@127.0.0.1:5432/postgres`. */
export const testServer: string | undefined = process.env.TEST_DATABASE_URL;

async function onServer(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

/** Makes an empty database on a server. */
export async function createTestDatabase(server: string): Promise<TestDatabase> {
  const name = `continuum_test_${randomUUID().replaceAll('-', '')}`;
  await onServer(server, `create database ${name}`);
  const own = new URL(server);
  own.pathname = `/${name}`;
  return { url: own.href, drop: () => onServer(server, `drop database ${name} with (force)`) };
}
