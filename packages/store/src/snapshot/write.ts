import { createHash, randomUUID } from 'node:crypto';
import { access, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { zstdCompress } from 'node:zlib';
import { ContinuumError } from '@continuum/contract/errors';
import type { SnapshotSummary } from '@continuum/contract/ports/store';
import type { Connection, Driver } from '../connection.ts';
import { syncFolder } from '../files.ts';
import { quoted, readTables, sequenceOf, settle, type TableShape } from './catalog.ts';
import { FrameEncoder, HEADER, ROWS, TRAILER } from './frame.ts';
import type { Header, Trailer } from './shape.ts';
import { SNAPSHOT_TABLES } from './tables.ts';

const compress = promisify(zstdCompress);
/** Characters of JSON in a block, about; a longer row has a block of its own. */
const BLOCK_CHARACTERS = 2 ** 20;
/** Characters fetched at once, about. */
const FETCH_CHARACTERS = 2 ** 22;
const MOST_ROWS = 1000;
const FIRST_ROWS = 50;

type Sink = (kind: number, payload: Buffer) => Promise<void>;
type TableSummary = Trailer['tables'][number];

function toJson(value: Header | Trailer): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** Rows of a table as JSON, fetched so many at a time that memory stays bounded however large they are. */
async function* rowsOf(connection: Connection, { name, columns }: TableShape): AsyncGenerator<string> {
  const texts = columns.map((column) => `${quoted(column.name)}::text`).join(', ');
  await connection.query(`declare snapshot_rows no scroll cursor for select ${texts} from ${quoted(name)}`, []);
  for (let wanted = FIRST_ROWS; ; ) {
    const rows = await connection.query(`fetch forward ${wanted} from snapshot_rows`, []);
    const lines = rows.map((row) => JSON.stringify(row));
    yield* lines;
    if (rows.length < wanted) break;
    const average = lines.reduce((sum, line) => sum + line.length, 0) / lines.length;
    wanted = Math.max(1, Math.min(MOST_ROWS, Math.floor(FETCH_CHARACTERS / average)));
  }
  await connection.query('close snapshot_rows', []);
}

async function writeRows(connection: Connection, table: TableShape, sink: Sink): Promise<number> {
  const flush = async (lines: readonly string[]): Promise<void> => {
    if (lines.length === 0) return;
    const text = `{"table":${JSON.stringify(table.name)},"rows":[${lines.join(',')}]}`;
    await sink(ROWS, await compress(Buffer.from(text)));
  };
  let count = 0;
  let lines: string[] = [];
  let characters = 0;
  for await (const line of rowsOf(connection, table)) {
    lines.push(line);
    characters += line.length;
    count += 1;
    if (characters < BLOCK_CHARACTERS) continue;
    await flush(lines);
    lines = [];
    characters = 0;
  }
  await flush(lines);
  return count;
}

/** Read after the moment was fixed, a counter can only be ahead of the rows, never behind. */
async function readCounter(connection: Connection, { name, identity }: TableShape): Promise<TableSummary['counter']> {
  if (identity === undefined) return undefined;
  const sequence = await sequenceOf(connection, name, identity);
  const [row = []] = await connection.query(`select last_value::text, is_called::text from ${sequence}`, []);
  return { column: identity, last: String(row[0]), called: row[1] === 'true' };
}

async function writeTables(connection: Connection, names: readonly string[], sink: Sink): Promise<number> {
  await settle(connection);
  const applied = await connection.query('select idx, tag, hash from continuum_migrations order by idx', []);
  const shapes = await readTables(connection);
  const tables = names.map((name) => {
    const shape = shapes.get(name);
    if (shape === undefined) throw new ContinuumError('STORE_CORRUPT', `The store has no table ${name}`);
    return shape;
  });
  const header: Header = {
    format: 1,
    migrations: applied.map(([idx, tag, hash]) => ({ idx: Number(idx), tag: String(tag), hash: String(hash) })),
    tables: tables.map(({ name, columns }) => ({ name, columns: columns.map((column) => column.name) })),
  };
  await sink(HEADER, toJson(header));
  const summaries: TableSummary[] = [];
  for (const table of tables) {
    const rows = await writeRows(connection, table, sink);
    const counter = await readCounter(connection, table);
    summaries.push({ name: table.name, rows, ...(counter === undefined ? {} : { counter }) });
  }
  const rows = summaries.reduce((sum, table) => sum + table.rows, 0);
  await sink(TRAILER, toJson({ rows, tables: summaries }));
  return rows;
}

async function assertNew(file: string): Promise<void> {
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (isThere) {
    throw new ContinuumError('CONFLICT', `${file} is there already`, { next: 'Name a file that does not exist yet.' });
  }
}

/**
 * Writes everything in the store, as it stands at one moment, to a new file that appears whole or not at all; readable by
 * its owner only. Throws CONFLICT when the file exists.
 */
export async function writeSnapshot(
  driver: Pick<Driver, 'moment'>,
  file: string,
  tables: readonly string[] = SNAPSHOT_TABLES,
): Promise<SnapshotSummary> {
  await assertNew(file);
  const draft = `${file}.${randomUUID()}`;
  const handle = await open(draft, 'wx', 0o600);
  const hash = createHash('sha256');
  let bytes = 0;
  const write = async (piece: Buffer): Promise<void> => {
    hash.update(piece);
    bytes += piece.length;
    await handle.writeFile(piece);
  };
  try {
    const encoder = new FrameEncoder();
    await write(encoder.begin());
    const rows = await driver.moment((connection) =>
      writeTables(connection, tables, (kind, payload) => write(encoder.encode({ kind, payload }))),
    );
    await handle.sync();
    await rename(draft, file);
    await syncFolder(dirname(file));
    return { bytes, rows, sha256: hash.digest('hex') };
  } finally {
    await handle.close();
    await rm(draft, { force: true });
  }
}
