import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';
import type { ZodType } from 'zod';
import { type ByteSource, corruptSnapshot, HEADER, ROWS, readFrames, TRAILER } from './frame.ts';
import { Header, Rows, Trailer } from './shape.ts';

const decompress = promisify(zstdDecompress);
/** Far above any block that is written, and below the longest text that Node can hold, in bytes. */
const MAX_BLOCK_BYTES = 2 ** 29 - 2 ** 20;

export type Part =
  | { readonly kind: 'header'; readonly header: Header }
  | ({ readonly kind: 'rows' } & Rows)
  | { readonly kind: 'trailer'; readonly trailer: Trailer };

function parse<T>(schema: ZodType<T>, bytes: Buffer, what: string): T {
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')));
  } catch (cause) {
    throw corruptSnapshot(`its ${what} cannot be read`, cause);
  }
}

async function unpack(payload: Buffer): Promise<Buffer> {
  try {
    return await decompress(payload, { maxOutputLength: MAX_BLOCK_BYTES });
  } catch (cause) {
    throw corruptSnapshot('a block of rows cannot be unpacked', cause);
  }
}

/** Counts what comes against what the header announces and the trailer says. */
class Inventory {
  readonly #tables: ReadonlyMap<string, { readonly columns: number; readonly place: number }>;
  readonly #rows = new Map<string, number>();
  #place = 0;

  constructor({ tables }: Header) {
    const entries = tables.map(({ name, columns }, place) => [name, { columns: columns.length, place }] as const);
    this.#tables = new Map(entries);
  }

  count({ table, rows }: Rows): void {
    const known = this.#tables.get(table);
    if (known === undefined || known.place < this.#place) throw corruptSnapshot(`rows of ${table} are out of place`);
    if (rows.some((row) => row.length !== known.columns)) throw corruptSnapshot(`a row of ${table} has other columns`);
    this.#place = known.place;
    this.#rows.set(table, (this.#rows.get(table) ?? 0) + rows.length);
  }

  close({ rows, tables }: Trailer): void {
    const names = [...this.#tables.keys()].join();
    if (names !== tables.map(({ name }) => name).join()) throw corruptSnapshot('its tables are not those it announced');
    const short = tables.find((table) => table.rows !== (this.#rows.get(table.name) ?? 0));
    if (short !== undefined) throw corruptSnapshot(`${short.name} has not the number of rows it should have`);
    const sum = tables.reduce((total, table) => total + table.rows, 0);
    if (sum !== rows) throw corruptSnapshot('its number of rows is not the sum of its tables');
  }
}

/**
 * A snapshot part by part: header, rows, trailer. What is handed out was checked, but only once the trailer came is it known
 * that nothing is missing, so read it once to the end before anything is done with it. Throws BACKUP_CORRUPT.
 */
export async function* readSnapshot(source: ByteSource): AsyncGenerator<Part> {
  let inventory: Inventory | undefined;
  for await (const { kind, payload } of readFrames(source)) {
    if (inventory === undefined) {
      if (kind !== HEADER) throw corruptSnapshot('its header is missing');
      const header = parse(Header, payload, 'header');
      inventory = new Inventory(header);
      yield { kind: 'header', header };
    } else if (kind === ROWS) {
      const rows = parse(Rows, await unpack(payload), 'rows');
      inventory.count(rows);
      yield { kind: 'rows', ...rows };
    } else if (kind === TRAILER) {
      const trailer = parse(Trailer, payload, 'trailer');
      inventory.close(trailer);
      yield { kind: 'trailer', trailer };
    } else throw corruptSnapshot(`it holds a block of kind ${kind}, which this version does not know`);
  }
}

/** Reads a snapshot to its end and hands nothing out but what it is. Throws BACKUP_CORRUPT. */
export async function verifySource(source: ByteSource): Promise<{ readonly header: Header; readonly rows: number }> {
  let header: Header | undefined;
  let rows = 0;
  for await (const part of readSnapshot(source)) {
    if (part.kind === 'header') header = part.header;
    if (part.kind === 'trailer') rows = part.trailer.rows;
  }
  if (header === undefined) throw corruptSnapshot('its header is missing');
  return { header, rows };
}

/** Opens a snapshot file for as long as the work with it takes. */
export async function withSnapshot<T>(file: string, work: (source: ByteSource) => Promise<T>): Promise<T> {
  const handle = await open(file, 'r');
  try {
    return await work({
      async read(position, length) {
        const { size } = await handle.stat();
        const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - position)));
        const { bytesRead } = await handle.read(bytes, 0, bytes.length, position);
        return bytes.subarray(0, bytesRead);
      },
    });
  } finally {
    await handle.close();
  }
}

/** Checks every byte of a snapshot file. Throws BACKUP_CORRUPT. */
export async function verifySnapshot(file: string): Promise<{ readonly rows: number }> {
  const { rows } = await withSnapshot(file, verifySource);
  return { rows };
}
