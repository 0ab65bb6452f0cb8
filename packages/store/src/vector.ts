import type { Connection } from './connection.ts';

/** Is pgvector there for this database? `refused` when the role may not create it. */
export type VectorSupport = 'present' | 'absent' | 'refused';

async function isInstalled(connection: Connection): Promise<boolean> {
  return (await connection.query(`select 1 from pg_extension where extname = 'vector'`, [])).length > 0;
}

/** Creates pgvector where the server has it and the role may; nothing depends on it yet. Outside of a transaction. */
export async function ensureVector(connection: Connection): Promise<VectorSupport> {
  if (await isInstalled(connection)) return 'present';
  const available = await connection.query(`select 1 from pg_available_extensions where name = 'vector'`, []);
  if (available.length === 0) return 'absent';
  try {
    await connection.query('create extension if not exists vector', []);
  } catch {
    // Another process that starts at the same time may have been first.
    return (await isInstalled(connection)) ? 'present' : 'refused';
  }
  return 'present';
}
