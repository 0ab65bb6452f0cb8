import type { Connection } from '../connection.ts';

/** A table as the database itself describes it. */
export interface TableShape {
  readonly name: string;
  readonly columns: ReadonlyArray<{ readonly name: string; readonly type: string }>;
  /** The column that numbers rows by itself. */
  readonly identity: string | undefined;
}

/** So that a value is the same text whatever the server's or the session's settings are, and a long read is not cut off. */
const SETTINGS = {
  datestyle: 'ISO, YMD',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  extra_float_digits: '1',
  bytea_output: 'hex',
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
};

/** Settings of this transaction under which snapshots are written and read back. */
export async function settle(connection: Connection): Promise<void> {
  const calls = Object.entries(SETTINGS).map(([name, value]) => `set_config('${name}', '${value}', true)`);
  await connection.query(`select ${calls.join(', ')}`, []);
}

/** A name as SQL takes it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** All tables of the schema that the connection works in. */
export async function readTables(connection: Connection): Promise<Map<string, TableShape>> {
  const rows = await connection.query(
    `select t.relname, c.attname, format_type(c.atttypid, c.atttypmod), c.attidentity::text
     from pg_class t join pg_attribute c on c.attrelid = t.oid
     where t.relnamespace = to_regnamespace(quote_ident(current_schema())) and t.relkind = 'r'
       and c.attnum > 0 and not c.attisdropped and c.attgenerated = ''
     order by t.relname, c.attnum`,
    [],
  );
  const tables = new Map<string, TableShape>();
  for (const [table, column, type, identity] of rows) {
    const name = String(table);
    const known = tables.get(name);
    tables.set(name, {
      name,
      columns: [...(known?.columns ?? []), { name: String(column), type: String(type) }],
      identity: identity === '' ? known?.identity : String(column),
    });
  }
  return tables;
}

/** The sequence behind an identity column, quoted, ready to stand in a statement. */
export async function sequenceOf(connection: Connection, table: string, column: string): Promise<string> {
  const [row] = await connection.query('select pg_get_serial_sequence(quote_ident($1), $2)', [table, column]);
  return String(row?.[0]);
}
