import { type Envelope, matchesPattern } from '@continuum/contract/event';
import type { ClaimedEvent, StreamStore } from '@continuum/contract/ports/store';
import { and, asc, count, desc, eq, inArray, lt, lte, min, ne, notExists, sql } from 'drizzle-orm';
import type { Context, Database } from '../connection.ts';
import { consumers, deliveries, events } from '../schema/stream.ts';

function toEnvelope(row: typeof events.$inferSelect): Envelope {
  const { id, name, payload, at, causationId } = row;
  // The column is nullable only because jsonb `null` reads as NULL.
  if (payload === null) throw new TypeError(`event ${id} has no payload`);
  return { id, name, payload, at, ...(causationId === null ? {} : { causationId }) };
}

async function fanOut(db: Database, event: Envelope): Promise<void> {
  const registered = await db.select().from(consumers).orderBy(asc(consumers.name));
  const rows = registered
    .filter((consumer) => matchesPattern(consumer.pattern, event.name))
    .map((consumer) => ({ consumer: consumer.name, eventId: event.id, state: 'waiting' as const }));
  if (rows.length > 0) await db.insert(deliveries).values(rows);
}

async function append(db: Database, event: Envelope, now: Date): Promise<boolean> {
  const atMs = Date.parse(event.at);
  const stored = await db
    .insert(events)
    .values({ ...event, atMs: Number.isNaN(atMs) ? now.getTime() : atMs })
    .onConflictDoNothing()
    .returning({ id: events.id });
  if (stored.length === 0) return false;
  await fanOut(db, event);
  return true;
}

const notDead = (consumer: string) => and(eq(deliveries.consumer, consumer), ne(deliveries.state, 'dead'));

async function claim(
  db: Database,
  consumer: string,
  limit: number,
  now: Date,
  leaseMs: number,
): Promise<ClaimedEvent[]> {
  // SKIP LOCKED: two processes on PostgreSQL never wait for each other's claim. A CTE runs once, a subquery may run twice.
  const due = db.$with('due').as(
    db
      .select({ seq: deliveries.seq })
      .from(deliveries)
      .where(and(notDead(consumer), lte(deliveries.dueAt, now.getTime())))
      .orderBy(asc(deliveries.seq))
      .limit(limit)
      .for('update', { skipLocked: true }),
  );
  const claimed = await db
    .with(due)
    .update(deliveries)
    .set({ state: 'inflight', deliveries: sql`${deliveries.deliveries} + 1`, dueAt: now.getTime() + leaseMs })
    .where(and(eq(deliveries.consumer, consumer), inArray(deliveries.seq, db.select({ seq: due.seq }).from(due))))
    .returning({ eventId: deliveries.eventId, seq: deliveries.seq, delivery: deliveries.deliveries });
  if (claimed.length === 0) return [];
  const ids = claimed.map((row) => row.eventId);
  const rows = await db.select().from(events).where(inArray(events.id, ids));
  const byId = new Map(rows.map((row) => [row.id, toEnvelope(row)]));
  return claimed
    .sort((a, b) => a.seq - b.seq)
    .flatMap(({ eventId, delivery }) => {
      const event = byId.get(eventId);
      return event === undefined ? [] : [{ event, delivery }];
    });
}

async function deadLetters(db: Database, limit: number): ReturnType<StreamStore['deadLetters']> {
  const rows = await db
    .select()
    .from(deliveries)
    .innerJoin(events, eq(events.id, deliveries.eventId))
    .where(eq(deliveries.state, 'dead'))
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
    .leftJoin(deliveries, and(eq(deliveries.consumer, consumers.name), ne(deliveries.state, 'dead')))
    .groupBy(consumers.name);
  return Object.fromEntries(rows.map((row) => [row.consumer, row.waiting]));
}

async function nextDue(db: Database, consumer: string): Promise<Date | undefined> {
  const [row] = await db
    .select({ due: min(deliveries.dueAt) })
    .from(deliveries)
    .where(notDead(consumer));
  return row?.due === null || row?.due === undefined ? undefined : new Date(row.due);
}

/** Streams and durable consumers in tables: a delivery is a row until it is acknowledged. */
export function streamStore({ db, atomically, now }: Context): StreamStore {
  const one = (consumer: string, id: Envelope['id']) =>
    and(eq(deliveries.consumer, consumer), eq(deliveries.eventId, id));
  /** Only whoever was handed this delivery, and nobody after it. */
  const current = (consumer: string, id: Envelope['id'], delivery: number) =>
    and(one(consumer, id), eq(deliveries.state, 'inflight'), eq(deliveries.deliveries, delivery));
  return {
    append: (event) => atomically((tx) => append(tx, event, now())),
    async ensureConsumer(name, pattern) {
      await db
        .insert(consumers)
        .values({ name, pattern })
        .onConflictDoUpdate({ target: consumers.name, set: { pattern } });
    },
    claim: (consumer, limit, at, leaseMs) => claim(db, consumer, limit, at, leaseMs),
    async ack(consumer, id) {
      await db.delete(deliveries).where(one(consumer, id));
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
      const inFlight = and(eq(deliveries.consumer, consumer), eq(deliveries.state, 'inflight'));
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
    nextDue: (consumer) => nextDue(db, consumer),
    prune: (before) => prune(db, before),
    async recent(limit) {
      return (await db.select().from(events).orderBy(desc(events.seq)).limit(limit)).map(toEnvelope);
    },
  };
}
