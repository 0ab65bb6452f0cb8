import { Finding } from '@continuum/contract/finding';
import { Memory } from '@continuum/contract/learning';
import type { KnowledgeStore, WordQuery } from '@continuum/contract/ports/store';
import { and, desc, eq, inArray, ne, type SQL, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { Context, Database } from '../connection.ts';
import { pageSize, withBody } from '../rows.ts';
import { memories, memoryWords } from '../schema/learning.ts';
import { findings, findingWords } from '../schema/review.ts';
import { messages, messageWords } from '../schema/room.ts';
import { toMessage } from './room.ts';

const MOST_WORDS = 60;
/** Ranking reads the text of each row that fits; beyond so many the newest count. */
const MOST_RANKED = 1000;

/** The words as PostgreSQL asks for any of them; undefined when there is none. */
function anyOf(words: readonly string[]): SQL | undefined {
  const plain = words.filter((word) => /^[\p{L}\p{N}]{1,100}$/u.test(word));
  return plain.length === 0 ? undefined : sql`to_tsquery('english', ${plain.slice(0, MOST_WORDS).join(' | ')})`;
}

interface Search {
  readonly table: PgTable & { readonly seq: PgColumn };
  readonly vector: SQL;
  readonly query: SQL;
  readonly filter: SQL | undefined;
}

/** The newest rows that have one of the words: found by the index of words, which `offset 0` keeps the planner from passing by. */
function fitting({ table, vector, query, filter }: Search): SQL {
  const hits = sql`select ${table.seq} as seq from ${table} where ${and(sql`${vector} @@ ${query}`, filter)} offset 0`;
  return sql`${table.seq} in (select hit.seq from (${hits}) as hit order by hit.seq desc limit ${MOST_RANKED})`;
}

function bestFirst({ table, vector, query }: Search): [SQL, SQL] {
  return [desc(sql`ts_rank(${vector}, ${query})`), desc(table.seq)];
}

async function corrections(
  db: Database,
  { words, limit, repo, scopes }: Parameters<KnowledgeStore['corrections']>[0],
): Promise<Memory[]> {
  const query = anyOf(words);
  if (query === undefined || scopes?.length === 0) return [];
  const filter = and(
    eq(memories.state, 'active'),
    repo === undefined ? undefined : eq(memories.repo, repo),
    scopes === undefined ? undefined : inArray(memories.scope, [...scopes]),
  );
  const search = { table: memories, vector: memoryWords(memories), query, filter };
  const rows = db
    .select()
    .from(memories)
    .where(fitting(search))
    .orderBy(...bestFirst(search));
  return (await rows.limit(pageSize(limit))).map((row) => Memory.parse(withBody(row)));
}

async function shownFindings(db: Database, { words, limit, repo }: WordQuery & { repo?: string }): Promise<Finding[]> {
  const query = anyOf(words);
  if (query === undefined) return [];
  const filter = and(ne(findings.status, sql`'withheld'`), repo === undefined ? undefined : eq(findings.repo, repo));
  const search = { table: findings, vector: findingWords(findings), query, filter };
  const rows = db
    .select()
    .from(findings)
    .where(fitting(search))
    .orderBy(...bestFirst(search));
  return (await rows.limit(pageSize(limit))).map((row) => Finding.parse(withBody(row)));
}

/** What the team said and was told, by its words. */
export function knowledgeStore({ db }: Context): KnowledgeStore {
  return {
    corrections: (query) => corrections(db, query),
    findings: (query) => shownFindings(db, query),
    async messages({ words, limit, roomId, repo }) {
      const query = anyOf(words);
      if (query === undefined) return [];
      const filter = and(
        sql`${messages.author} ->> 'kind' = 'person'`,
        eq(messages.roomId, roomId),
        repo === undefined ? undefined : sql`${messages.source} ->> 'repo' = ${repo}`,
      );
      const search = { table: messages, vector: messageWords(messages), query, filter };
      const rows = db
        .select()
        .from(messages)
        .where(fitting(search))
        .orderBy(...bestFirst(search));
      return (await rows.limit(pageSize(limit))).map(toMessage);
    },
  };
}
