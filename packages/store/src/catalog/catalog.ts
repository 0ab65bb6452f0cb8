import { readFile } from 'node:fs/promises';
import { ContinuumError } from '@continuum/contract/errors';
import { z } from 'zod';
import type { Connection } from '../connection.ts';

/** The catalog of a database with all migrations, one line for each column, index and foreign key; see `npm run catalog`. */
export const CATALOG_FILE = new URL('../../migrations/catalog.json', import.meta.url);
const Catalog = z.record(z.string(), z.array(z.string()));
type Catalog = z.infer<typeof Catalog>;

/** Differences named in one message. */
const MOST_NAMED = 5;

/** One statement: what the tables of the store are, in the words of the server, without the name of the schema. */
const READ = `
with tables as (
  select c.oid, c.relname as name from pg_class c
  where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
), lines as (
  select t.name, 'column ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
    || case when a.attnotnull then ' not null' else '' end
    || case a.attidentity when '' then '' else ' identity' end
    || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') as line
  from tables t
  join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
  left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
  union all
  select t.name, case when i.indisvalid then '' else 'broken ' end
    || regexp_replace(pg_get_indexdef(i.indexrelid), ' ON \\S+ ', ' ')
  from tables t join pg_index i on i.indrelid = t.oid
  union all
  select t.name, 'foreign key ' || k.conname || ' to ' || k.confrelid::regclass::text || ' on ' || k.confdeltype::text
  from tables t join pg_constraint k on k.conrelid = t.oid and k.contype = 'f'
)
select name, line from lines order by name collate "C", line collate "C"`;

/** What stands in a database now. */
export async function readCatalog(connection: Connection): Promise<Catalog> {
  const tables: Record<string, string[]> = {};
  for (const [name, line] of await connection.query(READ, [])) {
    tables[String(name)] ??= [];
    tables[String(name)]?.push(String(line));
  }
  return tables;
}

/** What differs, each as `table: - what is missing` or `table: + what was added`; tables of others do not count. */
export function differences(expected: Catalog, actual: Catalog): string[] {
  return Object.entries(expected).flatMap(([table, lines]) => {
    const there = actual[table];
    if (there === undefined) return [`${table}: - the table`];
    const missing = lines.filter((line) => !there.includes(line)).map((line) => `${table}: - ${line}`);
    const added = there.filter((line) => !lines.includes(line)).map((line) => `${table}: + ${line}`);
    return [...missing, ...added];
  });
}

/** Throws STORE_CORRUPT, naming what differs, when the tables are not those that the migrations made. */
export async function assertCatalog(connection: Connection): Promise<void> {
  const expected = Catalog.parse(JSON.parse(await readFile(CATALOG_FILE, 'utf8')));
  const found = differences(expected, await readCatalog(connection));
  if (found.length === 0) return;
  const more = found.length > MOST_NAMED ? `; and ${found.length - MOST_NAMED} more` : '';
  const named = found.slice(0, MOST_NAMED).join('; ');
  throw new ContinuumError('STORE_CORRUPT', `The tables of the store were changed by hand: ${named}${more}`, {
    next: 'Take the change back, or restore the latest backup into an empty database.',
  });
}
