import { Feedback, Memory, TrainingExample } from '@continuum/contract/learning';
import type { LearningStore, MemoryFilter } from '@continuum/contract/ports/store';
import { and, asc, desc, eq, inArray, type SQL, sql } from 'drizzle-orm';
import { checked } from '../checked.ts';
import type { Context, Database } from '../connection.ts';
import { olderThan, pageSize, withBody } from '../rows.ts';
import { consents, examples, feedback, memories } from '../schema/learning.ts';

/** A judgement looks at all of them: a finding declined before the newest thousand must not come back. */
const MOST_MEMORIES = 5000;

async function addMemory(db: Database, memory: Memory): Promise<boolean> {
  const { id, repo, scope, state, at, ...body } = checked(Memory, memory);
  const added = await db
    .insert(memories)
    .values({ id, repo, scope, state, at, body })
    .onConflictDoNothing()
    .returning({ id: memories.id });
  return added.length > 0;
}

async function listMemories(db: Database, { repo, scopes, state, limit }: MemoryFilter): Promise<Memory[]> {
  if (scopes?.length === 0) return [];
  const where = and(
    repo === undefined ? undefined : eq(memories.repo, repo),
    scopes === undefined ? undefined : inArray(memories.scope, [...scopes]),
    state === undefined ? undefined : eq(memories.state, state),
  );
  const rows = await db
    .select()
    .from(memories)
    .where(where)
    .orderBy(desc(memories.seq))
    .limit(pageSize(limit, MOST_MEMORIES));
  return rows.map((row) => Memory.parse(withBody(row)));
}

async function addExample(db: Database, example: TrainingExample): Promise<boolean> {
  const { id, scope, spanHash, state, at, ...body } = checked(TrainingExample, example);
  const added = await db
    .insert(examples)
    .values({ id, scope, spanHash, state, at, body })
    .onConflictDoNothing()
    .returning({ id: examples.id });
  return added.length > 0;
}

async function oneExample(db: Database, where: SQL): Promise<TrainingExample | undefined> {
  // A revoked example may share its span with the one that replaced it: the living one wins.
  const order = [sql`${examples.state} = 'revoked'`, desc(examples.seq)];
  const [row] = await db
    .select()
    .from(examples)
    .where(where)
    .orderBy(...order)
    .limit(1);
  return row === undefined ? undefined : TrainingExample.parse(withBody(row));
}

async function addFeedback(db: Database, given: Feedback): Promise<boolean> {
  const { id, findingId, at, ...body } = checked(Feedback, given);
  const values = { id, findingId: findingId ?? null, at, body };
  const added = await db.insert(feedback).values(values).onConflictDoNothing().returning({ id: feedback.id });
  return added.length > 0;
}

/** Memories, training examples, explicit feedback and consent. */
export function learningStore({ db }: Context): LearningStore {
  return {
    addMemory: (memory) => addMemory(db, memory),
    async memory(id) {
      const [row] = await db.select().from(memories).where(eq(memories.id, id));
      return row === undefined ? undefined : Memory.parse(withBody(row));
    },
    memories: (filter) => listMemories(db, filter),
    async setMemoryState(id, state) {
      await db.update(memories).set({ state }).where(eq(memories.id, id));
    },
    addExample: (example) => addExample(db, example),
    example: (id) => oneExample(db, eq(examples.id, id)),
    exampleBySpan: (spanHash) => oneExample(db, eq(examples.spanHash, spanHash)),
    async examples(filter) {
      const where = and(
        filter.scope === undefined ? undefined : sql`starts_with(${examples.scope}, ${filter.scope})`,
        filter.state === undefined ? undefined : eq(examples.state, filter.state),
        olderThan(examples, filter),
      );
      const newest = db.select().from(examples).where(where).orderBy(desc(examples.seq));
      return (await newest.limit(pageSize(filter.limit))).map((row) => TrainingExample.parse(withBody(row)));
    },
    async setExampleState(id, state) {
      await db.update(examples).set({ state }).where(eq(examples.id, id));
    },
    addFeedback: (given) => addFeedback(db, given),
    async feedback(id) {
      const [row] = await db.select().from(feedback).where(eq(feedback.id, id));
      return row === undefined ? undefined : Feedback.parse(withBody(row));
    },
    async listFeedback(filter) {
      const where = and(
        filter.findingId === undefined ? undefined : eq(feedback.findingId, filter.findingId),
        olderThan(feedback, filter),
      );
      const rows = await db
        .select()
        .from(feedback)
        .where(where)
        .orderBy(desc(feedback.seq))
        .limit(pageSize(filter.limit));
      return rows.map((row) => Feedback.parse(withBody(row)));
    },
    async setConsent({ subject, id, choice, at }) {
      const target = [consents.subject, consents.id];
      await db.insert(consents).values({ subject, id, choice, at }).onConflictDoUpdate({ target, set: { choice, at } });
    },
    consents: () => db.select().from(consents).orderBy(asc(consents.subject), asc(consents.id)),
  };
}
