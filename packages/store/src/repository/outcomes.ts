import type { OutcomeCount, Store } from '@continuum/contract/ports/store';
import { and, count, eq, type SQL, sql } from 'drizzle-orm';
import type { Context } from '../connection.ts';
import { findings } from '../schema/review.ts';

/** Findings counted by persona, scope, day and status; `since` is an ISO 8601 day or time. */
export function outcomes({ db }: Context, filter: Parameters<Store['outcomes']>[0]): Promise<OutcomeCount[]> {
  const day: SQL<string> = sql<string>`substr(${findings.at}, 1, 10)`;
  const { persona, scope, status } = findings;
  return db
    .select({ persona, scope, day, status, count: count() })
    .from(findings)
    .where(
      and(
        filter.repo === undefined ? undefined : eq(findings.repo, filter.repo),
        filter.since === undefined ? undefined : sql`${findings.at} collate "C" >= ${filter.since}`,
      ),
    )
    .groupBy(persona, scope, day, status)
    .orderBy(day, persona, scope, status);
}
