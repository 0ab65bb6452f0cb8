import type { EventName, EventPayload } from '@continuum/contract/event';
import type { EventId } from '@continuum/contract/ids';
import { sql } from 'drizzle-orm';
import { index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { json, ms, serial } from './columns.ts';

export const events = pgTable(
  'events',
  {
    seq: serial(),
    id: text().$type<EventId>().primaryKey(),
    name: text().$type<EventName>().notNull(),
    payload: json().$type<EventPayload<EventName>>(),
    at: text().notNull(),
    atMs: ms().notNull(),
    causationId: text().$type<EventId>(),
  },
  (table) => [index().on(table.seq), index().on(table.atMs)],
);

export const consumers = pgTable('consumers', {
  name: text().primaryKey(),
  pattern: text().notNull(),
});

/** One row per event and consumer until it is acknowledged; dead letters stay. */
export const deliveries = pgTable(
  'deliveries',
  {
    seq: serial(),
    consumer: text().notNull(),
    eventId: text()
      .$type<EventId>()
      .notNull()
      .references(() => events.id, { onDelete: 'cascade' }),
    state: text().$type<'waiting' | 'inflight' | 'dead'>().notNull(),
    deliveries: integer().notNull().default(0),
    dueAt: ms().notNull().default(0),
    error: text(),
    diedAt: text(),
  },
  (table) => [
    // The event first: the same index finds who still waits for an event that is to be removed.
    primaryKey({ columns: [table.eventId, table.consumer] }),
    index('deliveries_line_index').on(table.consumer, table.seq).where(sql`state <> 'dead'`),
    index('deliveries_due_index').on(table.consumer, table.dueAt).where(sql`state <> 'dead'`),
    index('deliveries_dead_index').on(table.seq).where(sql`state = 'dead'`),
  ],
);
