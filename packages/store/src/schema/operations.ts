import type { OutboxEntry } from '@continuum/contract/ports/store';
import { sql } from 'drizzle-orm';
import { bigint, index, integer, pgTable, text } from 'drizzle-orm/pg-core';
import { json, ms, serial } from './columns.ts';

export const outbox = pgTable(
  'outbox',
  {
    seq: serial(),
    id: text().primaryKey(),
    key: text().notNull().unique(),
    command: text().notNull(),
    input: json(),
    state: text().$type<OutboxEntry['state']>().notNull(),
    attempts: integer().notNull().default(0),
    error: text(),
    result: json(),
    dueAt: ms().notNull(),
    doneAt: ms(),
    at: text().notNull(),
  },
  (table) => [
    index().on(table.state, table.seq),
    index().on(table.state, table.dueAt),
    index('outbox_done_index').on(table.doneAt).where(sql`state = 'done'`),
  ],
);

/** One row per right that only one process has at a time; a row stays when the lease is given back, for its fence. */
export const leases = pgTable('leases', {
  name: text().primaryKey(),
  holder: text().notNull(),
  fence: bigint({ mode: 'number' }).notNull(),
  until: ms().notNull(),
});

export const audit = pgTable('audit', {
  seq: bigint({ mode: 'number' }).primaryKey(),
  at: text().notNull(),
  actor: text().notNull(),
  action: text().notNull(),
  subject: text().notNull(),
  detail: json().$type<Record<string, unknown>>().notNull(),
  hash: text().notNull(),
});

/** One row: the end of the chain. Without it a removed last entry would not show. */
export const auditHead = pgTable('audit_head', {
  id: integer().primaryKey(),
  seq: bigint({ mode: 'number' }).notNull(),
  hash: text().notNull(),
});

export const values = pgTable(
  'key_values',
  {
    key: text().primaryKey(),
    value: json(),
    expiresAt: ms(),
  },
  (table) => [index().on(table.expiresAt)],
);
