import type { Envelope } from '@continuum/contract/event';
import type { StreamStore } from '@continuum/contract/ports/store';
import { and, asc, count, desc, eq, gt, inArray, lt, lte, min, notExists, sql } from 'drizzle-orm';
import { Coalescer } from '../coalesce.ts';
import type { Context, Database } from '../connection.ts';
import { toStoredPattern } from '../patterns.ts';
import { retryContended } from '../retry.ts';
import { consumers, deliveries, events } from '../schema/stream.ts';
import { type Acknowledged, acknowledgeAll } from './acknowledge.ts';
import { type Appended, appendAll, toAppended } from './append.ts';

/** Characters of JSON in one statement that appends; and deliveries in one that acknowledges. */
const MAX_APPEND_CHARACTERS = 4_000_000;
const MAX_ACKNOWLEDGED = 1000;

function toEnvelope(row: typeof events.$inferSelect): Envelope {
  const { id, name, payload, at, causationId } = row;
  // The column is nullable only because jsonb `null` reads as NULL.
  if (payload === null) throw new TypeError(`event ${id} has no payload`);
  return { id, name, payload, at, ...(causationId === null ? {} : { causationId }) };
}

// Written out, not bound: the partial indexes serve a statement that says what they say.
const alive = sql`${deliveries.state} <> 'dead'`;
const dead = sql`${deliveries.state} = 'dead'`;

function claimStatement(db: Database) {
  const { placeholder } = sql;
  const ofConsumer = and(eq(deliveries.consumer, placeholder('consumer')), alive);
  // SKIP LOCKED: two processes on PostgreSQL never wait for each other's claim. A CTE runs once, a subquery may run twice.
  const due = db.$with('due').as(
    db
      .select({ seq: deliveries.seq })
      .from(deliveries)
      .where(and(ofConsumer, lte(deliveries.dueAt, placeholder('now'))))
      .orderBy(asc(deliveries.seq))
      .limit(placeholder('limit'))
      .for('update', { skipLocked: true }),
  );
  const claimed = db.$with('claimed').as(
    db
      .update(deliveries)
      .set({ state: 'inflight', deliveries: sql`${deliveries.deliveries} + 1`, dueAt: sql`${placeholder('until')}` })
      .where(and(ofConsumer, inArray(deliveries.seq, db.select({ seq: due.seq }).from(due))))
      .returning({ eventId: deliveries.eventId, line: deliveries.seq, delivery: deliveries.deliveries }),
  );
  return db
    .with(due, claimed)
    .select({ event: events, delivery: claimed.delivery })
    .from(claimed)
    .innerJoin(events, eq(events.id, claimed.eventId))
    .orderBy(asc(claimed.line))
    .prepare('claim');
}

/** The statement is built once, for this is the way of every event; and not before it is needed, for few transactions do. */
function claiming(db: Database): StreamStore['claim'] {
  let statement: ReturnType<typeof claimStatement> | undefined;
  return async (consumer, limit, at, leaseMs) => {
    const now = at.getTime();
    statement ??= claimStatement(db);
    const rows = await statement.execute({ consumer, limit, now, until: now + leaseMs });
    return rows.map(({ event, delivery }) => ({ event: toEnvelope(event), delivery }));
  };
}

async function deadLetters(db: Database, limit: number): ReturnType<StreamStore['deadLetters']> {
  const rows = await db
    .select()
    .from(deliveries)
    .innerJoin(events, eq(events.id, deliveries.eventId))
    .where(dead)
    .orderBy(desc(deliveries.seq))
    .limit(limit);
  return rows.map(({ deliveries: row, events: event }) => ({
    consumer: row.consumer,
    event: toEnvelope(event),
    deliveries: row.deliveries,
    error: row.error ?? '',
    at: row.diedAt ?? event.at,
  }));
}

async function prune(db: Database, before: Date): Promise<number> {
  const open = db.select({ seq: deliveries.seq }).from(deliveries).where(eq(deliveries.eventId, events.id));
  const gone = await db
    .delete(events)
    .where(and(lt(events.atMs, before.getTime()), notExists(open)))
    .returning({ id: events.id });
  return gone.length;
}

async function backlog(db: Database): Promise<Record<string, number>> {
  const rows = await db
    .select({ consumer: consumers.name, waiting: count(deliveries.eventId) })
    .from(consumers)
    .leftJoin(deliveries, and(eq(deliveries.consumer, consumers.name), alive))
    .groupBy(consumers.name);
  return Object.fromEntries(rows.map((row) => [row.consumer, row.waiting]));
}

function nextDueStatement(db: Database) {
  return db
    .select({ due: min(deliveries.dueAt) })
    .from(deliveries)
    .where(and(eq(deliveries.consumer, sql.placeholder('consumer')), alive))
    .prepare('next_due');
}

function findingNextDue(db: Database): StreamStore['nextDue'] {
  let statement: ReturnType<typeof nextDueStatement> | undefined;
  return async (consumer) => {
    statement ??= nextDueStatement(db);
    const [row] = await statement.execute({ consumer });
    return row?.due === null || row?.due === undefined ? undefined : new Date(row.due);
  };
}

/** Streams and durable consumers in tables: a delivery is a row until it is acknowledged. */
export function streamStore(context: Context): StreamStore {
  const { connection, db, now } = context;
  const appending = new Coalescer({
    // Two processes that store the same ids in another order stand in each other's way.
    perform: (batch: readonly Appended[]) => retryContended(() => appendAll(connection, batch)),
    weigh: ({ json }) => json.length,
    maxWeight: MAX_APPEND_CHARACTERS,
  });
  const acknowledging = new Coalescer({
    perform: (batch: readonly Acknowledged[]) => retryContended(() => acknowledgeAll(connection, batch)),
    maxWeight: MAX_ACKNOWLEDGED,
  });
  const one = (consumer: string, id: Envelope['id']) =>
    and(eq(deliveries.consumer, consumer), eq(deliveries.eventId, id));
  /** Only whoever was handed this delivery, and nobody after it. */
  const current = (consumer: string, id: Envelope['id'], delivery: number) =>
    and(one(consumer, id), eq(deliveries.state, 'inflight'), eq(deliveries.deliveries, delivery));
  return {
    async append(event) {
      const row = toAppended(event, now());
      return context.shared ? appending.add(row) : (await appendAll(connection, [row])).includes(true);
    },
    async ensureConsumer(name, pattern) {
      const stored = toStoredPattern(pattern);
      await db
        .insert(consumers)
        .values({ name, pattern: stored })
        .onConflictDoUpdate({ target: consumers.name, set: { pattern: stored } });
    },
    claim: claiming(db),
    async ack(consumer, id) {
      const done = { consumer, event: id };
      await (context.shared ? acknowledging.add(done) : acknowledgeAll(connection, [done]));
    },
    async retry(consumer, id, delivery, at, error) {
      const set = { state: 'waiting', dueAt: at.getTime(), error } as const;
      const put = await db
        .update(deliveries)
        .set(set)
        .where(current(consumer, id, delivery))
        .returning({ id: deliveries.eventId });
      return put.length > 0;
    },
    async bury(consumer, id, delivery, error) {
      const set = { state: 'dead', error, diedAt: now().toISOString() } as const;
      const put = await db
        .update(deliveries)
        .set(set)
        .where(current(consumer, id, delivery))
        .returning({ id: deliveries.eventId });
      return put.length > 0;
    },
    async releaseAll(consumer) {
      // What is in flight has a lease, so the index of due times finds it among any number that wait.
      const leased = and(eq(deliveries.consumer, consumer), alive, gt(deliveries.dueAt, 0));
      const inFlight = and(leased, eq(deliveries.state, 'inflight'));
      await db.update(deliveries).set({ state: 'waiting', dueAt: 0 }).where(inFlight);
    },
    deadLetters: (limit) => deadLetters(db, limit),
    async revive(consumer, id) {
      const revived = await db
        .update(deliveries)
        .set({ state: 'waiting', dueAt: 0, deliveries: 0, diedAt: null })
        .where(and(one(consumer, id), eq(deliveries.state, 'dead')))
        .returning({ id: deliveries.eventId });
      return revived.length > 0;
    },
    backlog: () => backlog(db),
    nextDue: findingNextDue(db),
    async prune(before) {
      const gone = await prune(db, before);
      await context.reclaim('deliveries');
      await context.reclaim('events');
      return gone;
    },
    async recent(limit) {
      return (await db.select().from(events).orderBy(desc(events.seq)).limit(limit)).map(toEnvelope);
    },
  };
}
