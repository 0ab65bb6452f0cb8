import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startPostgres } from '../src/servers/postgres.ts';
import { findProgram, requireProgram } from '../src/servers/program.ts';
import { startRedis } from '../src/servers/redis.ts';

const all = process.env.CONTINUUM_TEST_ALL === '1';

async function sql(url: string, statement: string): Promise<string> {
  const { stdout } = await promisify(execFile)(requireProgram('psql', 'postgresql-client'), [url, '-Atc', statement]);
  return stdout.trim();
}

test.skipIf(!all && findProgram('initdb') === undefined)(
  'a PostgreSQL of our own keeps what it committed through kill -9 and through both kinds of restart',
  async () => {
    const postgres = await startPostgres({ settings: { max_connections: '20' } });
    try {
      const url = await postgres.createDatabase('kept');
      expect(await sql(url, 'show fsync')).toBe('on');
      expect(await sql(url, 'show max_connections')).toBe('20');
      await sql(url, "create table note (text text); insert into note values ('one')");
      await postgres.kill();
      await expect(sql(url, 'select 1')).rejects.toThrow(/refused/);
      await postgres.start();
      await sql(url, "insert into note values ('two')");
      await postgres.restart('immediate');
      await sql(url, "insert into note values ('three')");
      await postgres.restart('fast');
      expect(await sql(url, "select string_agg(text, ' ') from note")).toBe('one two three');
    } finally {
      await postgres.stop();
    }
    await expect(sql(postgres.url, 'select 1')).rejects.toThrow(/refused/);
  },
);

test.skipIf(!all && findProgram('redis-server') === undefined)('a Redis of our own syncs every write', async () => {
  const redis = await startRedis();
  try {
    const socket = connect(redis.port, '127.0.0.1');
    socket.write('CONFIG GET appendfsync\r\n');
    const answer = await new Promise((resolve) => socket.once('data', (chunk) => resolve(chunk.toString('utf8'))));
    socket.destroy();
    expect(answer).toContain('always');
  } finally {
    await redis.stop();
  }
});

test('a missing server is named with the Debian package that has it', () => {
  expect(() => requireProgram('no-such-server', 'no-such-package')).toThrow(/apt-get install no-such-package/);
});
