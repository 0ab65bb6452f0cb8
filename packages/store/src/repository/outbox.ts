import { newId } from '@continuum/contract/ids';
import type { OutboxEntry, OutboxFilter, OutboxStore } from '@continuum/contract/ports/store';
import { and, asc, count, desc, eq, inArray, lt, lte, notInArray, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import type { Context, Database } from '../connection.ts';
import { outbox } from '../schema/operations.ts';

function toEntry(row: typeof outbox.$inferSelect): OutboxEntry {
  const { id, key, command, input, state, attempts, error, result, dueAt, at } = row;
  return {
    ...{ id, key, command, input, state, attempts, at },
    dueAt: new Date(dueAt).toISOString(),
    ...(error === null ? {} : { error }),
    ...(result === null ? {} : { result }),
  };
}

/** Only whoever was handed this attempt, and nobody after it. */
const current = (id: string, attempt: number) =>
  and(eq(outbox.id, id), eq(outbox.state, 'running'), eq(outbox.attempts, attempt));

const OPEN = ['pending', 'running'] satisfies OutboxEntry['state'][];
const open = inArray(outbox.state, OPEN);

function among(command: AnyPgColumn, { only, except }: OutboxFilter) {
  return and(
    only === undefined ? undefined : inArray(command, [...only]),
    except === undefined ? undefined : notInArray(command, [...except]),
  );
}

/** How many of the oldest open entries are looked through for the first of each thread: what comes behind waits. */
const LINE = 1000;

/** Ids of entries that are due and before which nothing of the same thread is open; what names no thread waits for nobody. */
function dueHeads(db: Database, now: Date, commands: OutboxFilter) {
  const { inOrderOf = [] } = commands;
  if (inOrderOf.length === 0) return undefined;
  const names = sql.join(
    inOrderOf.map((field) => sql`(${outbox.input} ->> ${field})`),
    sql` || chr(10) || `,
  );
  const line = db.$with('line').as(
    db
      .select({
        ...{ id: outbox.id, seq: outbox.seq, dueAt: outbox.dueAt },
        thread: sql<string>`coalesce(${names}, ${outbox.id})`.as('thread'),
      })
      .from(outbox)
      .where(and(open, among(outbox.command, commands)))
      .orderBy(asc(outbox.seq))
      .limit(LINE),
  );
  const heads = db
    .selectDistinctOn([line.thread], { id: line.id, dueAt: line.dueAt })
    .from(line)
    .orderBy(line.thread, line.seq)
    .as('heads');
  return db.with(line).select({ id: heads.id }).from(heads).where(lte(heads.dueAt, now.getTime()));
}

async function claim(
  db: Database,
  limit: number,
  now: Date,
  leaseMs: number,
  commands: OutboxFilter = {},
): Promise<OutboxEntry[]> {
  const heads = dueHeads(db, now, commands);
  const due = db.$with('due').as(
    db
      .select({ id: outbox.id })
      .from(outbox)
      // What is due is asked of the locked row again: it may have changed hands since the line was looked through.
      .where(
        and(
          open,
          lte(outbox.dueAt, now.getTime()),
          among(outbox.command, commands),
          heads === undefined ? undefined : inArray(outbox.id, heads),
        ),
      )
      .orderBy(asc(outbox.seq))
      .limit(limit)
      .for('update', { skipLocked: true }),
  );
  const claimed = await db
    .with(due)
    .update(outbox)
    .set({ state: 'running', attempts: sql`${outbox.attempts} + 1`, dueAt: now.getTime() + leaseMs })
    .where(inArray(outbox.id, db.select({ id: due.id }).from(due)))
    .returning();
  return claimed.sort((a, b) => a.seq - b.seq).map(toEntry);
}

/** External effects waiting to happen, one per key. */
export function outboxStore({ db, now, reclaim }: Context): OutboxStore {
  return {
    async enqueue({ key, command, input }) {
      const at = now();
      const added = await db
        .insert(outbox)
        // Due at once, whatever the clock of the one who claims says.
        .values({
          id: newId('out', at.getTime()),
          key,
          command,
          input,
          state: 'pending',
          dueAt: 0,
          at: at.toISOString(),
        })
        .onConflictDoNothing()
        .returning({ id: outbox.id });
      return added.length > 0;
    },
    async releaseAll(at) {
      await db.update(outbox).set({ state: 'pending', dueAt: at.getTime() }).where(eq(outbox.state, 'running'));
    },
    claim: (limit, at, leaseMs, commands) => claim(db, limit, at, leaseMs, commands),
    async complete(id, result) {
      const set = { state: 'done', result, error: null, doneAt: now().getTime() } as const;
      await db.update(outbox).set(set).where(eq(outbox.id, id));
    },
    async retry(id, attempt, at, error) {
      const set = { state: 'pending', dueAt: at.getTime(), error } as const;
      return (await db.update(outbox).set(set).where(current(id, attempt)).returning({ id: outbox.id })).length > 0;
    },
    async bury(id, attempt, error) {
      const set = { state: 'dead', error } as const;
      return (await db.update(outbox).set(set).where(current(id, attempt)).returning({ id: outbox.id })).length > 0;
    },
    async byKey(key) {
      const [row] = await db.select().from(outbox).where(eq(outbox.key, key));
      return row === undefined ? undefined : toEntry(row);
    },
    async list(state, limit) {
      const rows = await db.select().from(outbox).where(eq(outbox.state, state)).orderBy(desc(outbox.seq)).limit(limit);
      return rows.map(toEntry);
    },
    async revive(id) {
      const dead = and(eq(outbox.id, id), eq(outbox.state, 'dead'));
      const set = { state: 'pending' as const, attempts: 0, dueAt: 0 };
      return (await db.update(outbox).set(set).where(dead).returning({ id: outbox.id })).length > 0;
    },
    async counts() {
      const rows = await db.select({ state: outbox.state, rows: count() }).from(outbox).groupBy(outbox.state);
      return {
        pending: 0,
        running: 0,
        done: 0,
        dead: 0,
        ...Object.fromEntries(rows.map((row) => [row.state, row.rows])),
      };
    },
    async pending() {
      const [row] = await db.select({ rows: count() }).from(outbox).where(open);
      return row?.rows ?? 0;
    },
    async prune(before) {
      const old = and(eq(outbox.state, 'done'), lt(outbox.doneAt, before.getTime()));
      const gone = await db.delete(outbox).where(old).returning({ id: outbox.id });
      await reclaim('outbox');
      return gone.length;
    },
  };
}
