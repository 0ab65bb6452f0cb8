import type { ExampleId, FeedbackId, FindingId, MemoryId, ScopeId } from '@continuum/contract/ids';
import type { Consent, Memory, TrainingExample } from '@continuum/contract/learning';
import { type SQL, sql } from 'drizzle-orm';
import { type AnyPgColumn, index, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { json, serial } from './columns.ts';
import { wordsOf } from './words.ts';

/** `body` holds the fields nobody filters on. */
export const memories = pgTable(
  'memories',
  {
    seq: serial(),
    id: text().$type<MemoryId>().primaryKey(),
    repo: text().notNull(),
    scope: text().$type<ScopeId>().notNull(),
    state: text().$type<Memory['state']>().notNull(),
    at: text().notNull(),
    body: json().notNull(),
  },
  (table) => [
    index().on(table.repo, table.state, table.seq),
    index().on(table.scope, table.state, table.seq),
    index('memories_words_index').using('gin', memoryWords(table)),
  ],
);

/** What a correction is found by: its reason, and where and about what it was given. */
export function memoryWords({ body }: { readonly body: AnyPgColumn }): SQL {
  const field = (path: string): SQL => sql`coalesce(${body} #>> ${sql.raw(`'{${path}}'`)}, '')`;
  const fields = ['reason', 'finding,path', 'finding,rule', 'finding,evidence', 'finding,facts,functionName'].map(
    field,
  );
  return wordsOf(sql`(${sql.join([...fields, field('finding,facts,callee')], sql` || ' ' || `)})`);
}

export const examples = pgTable(
  'examples',
  {
    seq: serial(),
    id: text().$type<ExampleId>().primaryKey(),
    scope: text().$type<ScopeId>().notNull(),
    spanHash: text().notNull(),
    state: text().$type<TrainingExample['state']>().notNull(),
    at: text().notNull(),
    body: json().notNull(),
  },
  (table) => [
    uniqueIndex().on(table.spanHash).where(sql`state <> 'revoked'`),
    index('examples_span_index').on(table.spanHash, table.seq),
    index().on(table.state, table.seq),
  ],
);

export const feedback = pgTable(
  'feedback',
  {
    seq: serial(),
    id: text().$type<FeedbackId>().primaryKey(),
    findingId: text().$type<FindingId>(),
    at: text().notNull(),
    body: json().notNull(),
  },
  (table) => [index().on(table.findingId, table.seq), index().on(table.seq)],
);

export const consents = pgTable(
  'consents',
  {
    subject: text().$type<Consent['subject']>().notNull(),
    id: text().notNull(),
    choice: text().$type<Consent['choice']>().notNull(),
    at: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.subject, table.id] })],
);
