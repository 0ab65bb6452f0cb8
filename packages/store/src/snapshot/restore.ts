import { ContinuumError } from '@continuum/contract/errors';
import type { Connection, Driver } from '../connection.ts';
import { applyMigrations, type Migration } from '../migrate.ts';
import { quoted, readTables, sequenceOf, settle, type TableShape } from './catalog.ts';
import { type ByteSource, corruptSnapshot } from './frame.ts';
import { readSnapshot, verifySource } from './read.ts';
import type { Header, Rows, Trailer } from './shape.ts';

const BOOK = 'continuum_migrations';

/** The checked-in migrations that the store had when the snapshot was written. Throws STORE_CORRUPT when it had others. */
export function migrationsOf(header: Header, known: readonly Migration[]): readonly Migration[] {
  const isKnown = header.migrations.every(({ hash }, index) => known[index]?.hash === hash);
  if (isKnown) return known.slice(0, header.migrations.length);
  const last = header.migrations.at(-1)?.tag;
  throw new ContinuumError('STORE_CORRUPT', `The snapshot is of a newer version: ${last} is not known here`, {
    next: 'Restore it with the Continuum version that wrote it, or a newer one.',
  });
}

async function hasRows(connection: Connection, table: string): Promise<boolean> {
  const [row] = await connection.query(`select exists (select from ${quoted(table)})::text`, []);
  return row?.[0] === 'true';
}

/** A store that was set up and holds nothing is as good as none, if its schema is not newer than the snapshot's. */
async function assertEmpty(connection: Connection, migrations: readonly Migration[]): Promise<void> {
  const tables = [...(await readTables(connection)).keys()];
  if (!tables.includes(BOOK)) return;
  const [row] = await connection.query(`select count(*)::text from ${BOOK}`, []);
  let isEmpty = Number(row?.[0]) <= migrations.length;
  for (const table of tables.filter((name) => name !== BOOK)) isEmpty &&= !(await hasRows(connection, table));
  if (isEmpty) return;
  throw new ContinuumError('CONFLICT', 'The database holds a store already', {
    next: 'Restore into a new, empty database: what is there would be mixed with the backup.',
  });
}

/** The table that rows go into, when it has the columns they have. */
function targetOf(tables: ReadonlyMap<string, TableShape>, { name, columns }: Header['tables'][number]): TableShape {
  const table = tables.get(name);
  const isSame = table !== undefined && table.columns.map((column) => column.name).join() === columns.join();
  if (isSame) return table;
  throw corruptSnapshot(`${name} has other columns than its migrations make`);
}

function insertInto({ name, columns }: TableShape): string {
  const names = columns.map((column) => quoted(column.name)).join(', ');
  const fields = columns.map(({ type }, index) => `(item ->> ${index})::${type}`).join(', ');
  return `insert into ${quoted(name)} (${names}) overriding system value
    select ${fields} from jsonb_array_elements($1::jsonb) as item`;
}

async function insertRows(connection: Connection, inserts: ReadonlyMap<string, string>, part: Rows): Promise<void> {
  const statement = inserts.get(part.table);
  if (statement === undefined) throw corruptSnapshot(`it has rows of ${part.table}, which it did not announce`);
  await connection.query(statement, [JSON.stringify(part.rows)]);
}

/** Numbers that were given out once are not given out again, even when their rows are gone. */
async function setCounters(connection: Connection, { tables }: Trailer): Promise<void> {
  for (const { name, counter } of tables) {
    if (counter === undefined) continue;
    const sequence = await sequenceOf(connection, name, counter.column);
    const { last, called } = counter;
    await connection.query('select setval($1::text::regclass, $2::text::bigint, $3::text::boolean)', [
      sequence,
      last,
      String(called),
    ]);
  }
}

async function write(connection: Connection, source: ByteSource, migrations: readonly Migration[]): Promise<number> {
  await settle(connection);
  await assertEmpty(connection, migrations);
  await applyMigrations(connection, migrations);
  const tables = await readTables(connection);
  let inserts = new Map<string, string>();
  let rows = 0;
  for await (const part of readSnapshot(source)) {
    if (part.kind === 'header') {
      inserts = new Map(part.header.tables.map((table) => [table.name, insertInto(targetOf(tables, table))]));
    } else if (part.kind === 'rows') await insertRows(connection, inserts, part);
    else {
      await setCounters(connection, part.trailer);
      rows = part.trailer.rows;
    }
  }
  return rows;
}

/**
 * Writes a snapshot into an empty database, under the migrations it was written under, in one transaction; the next start
 * brings it up to date. The whole snapshot is checked before the first row is written. Throws BACKUP_CORRUPT, CONFLICT when
 * the database is not empty, STORE_CORRUPT when the snapshot is of a newer version.
 */
export async function restoreInto(
  driver: Pick<Driver, 'transaction'>,
  source: ByteSource,
  known: readonly Migration[],
): Promise<{ readonly rows: number }> {
  const { header } = await verifySource(source);
  const migrations = migrationsOf(header, known);
  return { rows: await driver.transaction((connection) => write(connection, source, migrations)) };
}
