import type { FindingStatus, Review } from '@continuum/contract/finding';
import type { FindingId, PersonaId, ReviewId, ScopeId } from '@continuum/contract/ids';
import { type SQL, sql } from 'drizzle-orm';
import { type AnyPgColumn, index, integer, pgTable, text } from 'drizzle-orm/pg-core';
import { json, serial } from './columns.ts';
import { wordsOf } from './words.ts';

/** `body` holds the fields nobody filters on. */
export const reviews = pgTable(
  'reviews',
  {
    seq: serial(),
    id: text().$type<ReviewId>().primaryKey(),
    key: text().notNull().unique(),
    repo: text().notNull(),
    pr: integer(),
    status: text().$type<Review['status']>().notNull(),
    at: text().notNull(),
    body: json().notNull(),
  },
  (table) => [index().on(table.seq), index().on(table.repo, table.pr, table.seq)],
);

export const findings = pgTable(
  'findings',
  {
    seq: serial(),
    id: text().$type<FindingId>().primaryKey(),
    reviewId: text().$type<ReviewId>().notNull(),
    repo: text().notNull(),
    pr: integer(),
    fingerprint: text().notNull(),
    persona: text().$type<PersonaId>().notNull(),
    scope: text().$type<ScopeId>().notNull(),
    status: text().$type<FindingStatus>().notNull(),
    externalId: text(),
    url: text(),
    at: text().notNull(),
    body: json().notNull(),
  },
  (table) => [
    index().on(table.seq),
    index().on(table.reviewId, table.seq),
    index().on(table.repo, table.pr, table.seq),
    index().on(table.fingerprint),
    index().on(table.externalId),
    index().on(table.scope, table.seq),
    index().on(table.status, table.seq),
    index('findings_words_index').using('gin', findingWords(table)).where(sql`status <> 'withheld'`),
  ],
);

/** What a finding that people were shown is found by. */
export function findingWords({ body }: { readonly body: AnyPgColumn }): SQL {
  const field = (path: string): SQL => sql`coalesce(${body} #>> ${sql.raw(`'{${path}}'`)}, '')`;
  const fields = ['title', 'message', 'path', 'rule', 'evidence', 'facts,functionName', 'facts,callee'].map(field);
  return wordsOf(sql`(${sql.join(fields, sql` || ' ' || `)})`);
}
