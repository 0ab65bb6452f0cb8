import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Statements } from '../src/pglite/statements.ts';

/** More than stay prepared. */
const MANY = 300;

describe('prepared statements', () => {
  let db: PGlite;
  let statements: Statements;
  const preparedCount = async () => (await db.query('select * from pg_prepared_statements')).rows.length;

  beforeAll(async () => {
    db = await PGlite.create();
    statements = new Statements(db);
    await db.exec('create table things (id integer primary key, name text, more jsonb, at timestamptz, tags text[])');
  });
  afterAll(() => db.close());

  it('answer as PGlite does, for every type and for nothing', async () => {
    const insert = 'insert into things values ($1, $2, $3, $4, $5)';
    const rows = [
      [1, 'é "quoted"', { deep: [1, null] }, new Date(0), ['a', 'b,c']],
      [2, null, null, null, null],
    ];
    for (const row of rows) expect(await statements.query(insert, row)).toEqual([]);
    const select = 'select *, $1::bigint + id as big, id > 1 as later, 0.5::float8 from things order by id';
    for (const time of ['first', 'again']) {
      const theirs = await db.query(select, [9_007_199_254_740_993n], { rowMode: 'array' });
      expect([time, await statements.query(select, [9_007_199_254_740_993n])]).toEqual([time, theirs.rows]);
    }
  });

  it('go on after an error, in a transaction and outside', async () => {
    const insert = 'insert into things (id) values ($1)';
    const again = () => statements.query(insert, [1]);
    await expect(again()).rejects.toMatchObject({ code: '23505' });
    await expect(again()).rejects.toMatchObject({ code: '23505' });
    await expect(statements.query('select nothing from nowhere', [])).rejects.toMatchObject({ code: '42P01' });
    await statements.query('begin', []);
    await statements.query(insert, [3]);
    await expect(again()).rejects.toMatchObject({ code: '23505' });
    await expect(statements.query('select 1', [])).rejects.toMatchObject({ code: '25P02' });
    await statements.query('rollback', []);
    expect(await statements.query('select id from things where id = $1', [3])).toEqual([]);
  });

  it('follow a table that changes', async () => {
    const select = 'select * from changing';
    await db.exec('create table changing (a integer); insert into changing values (1)');
    expect(await statements.query(select, [])).toEqual([[1]]);
    await db.exec(`alter table changing add b text default 'new'`);
    await expect(statements.query(select, [])).rejects.toThrow('cached plan must not change result type');
    expect(await statements.query(select, [])).toEqual([[1, 'new']]);
  });

  it('are kept for what was used last, and not for what hardly comes again', async () => {
    for (let index = 0; index < MANY; index += 1) {
      expect(await statements.query(`select ${index} + $1::integer`, [1])).toEqual([[index + 1]]);
    }
    expect(await preparedCount()).toBe(256);
    const long = `select $1::integer in (${Array.from({ length: 3_000 }, (_, index) => index).join(', ')})`;
    expect(await statements.query(long, [2_999])).toEqual([[true]]);
    expect(await statements.query(long, [3_000])).toEqual([[false]]);
    expect(await preparedCount()).toBe(256);
  });
});
