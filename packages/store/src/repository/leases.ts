import type { Lease, LeaseStore } from '@continuum/contract/ports/store';
import { and, asc, eq, gt, type SQL, sql } from 'drizzle-orm';
import type { Context, Database } from '../connection.ts';
import { leases } from '../schema/operations.ts';

/** The one clock that all processes share, ms since 1970; it goes on inside a transaction. */
const clock: SQL<number> = sql`floor(extract(epoch from clock_timestamp()) * 1000)::bigint`;

function toLease({ until, ...lease }: typeof leases.$inferSelect): Lease {
  return { ...lease, until: new Date(until).toISOString() };
}

async function take(db: Database, name: string, holder: string, ttlMs: number): Promise<Lease | undefined> {
  const own = and(eq(leases.holder, holder), gt(leases.until, clock));
  const until = sql<number>`${clock} + ${Math.trunc(ttlMs)}::bigint`;
  const [row] = await db
    .insert(leases)
    .values({ name, holder, fence: 1, until })
    .onConflictDoUpdate({
      target: leases.name,
      // Only who still has it keeps the number: between the end and a new beginning somebody else may have acted.
      set: { holder, fence: sql`case when ${own} then ${leases.fence} else ${leases.fence} + 1 end`, until },
      setWhere: sql`${leases.holder} = ${holder} or ${leases.until} <= ${clock}`,
    })
    .returning();
  return row === undefined ? undefined : toLease(row);
}

/** Rights that one process at a time has; the row of a lease that is over stays, so that its fence only grows. */
export function leaseStore({ db }: Context): LeaseStore {
  return {
    take: (name, holder, ttlMs) => take(db, name, holder, ttlMs),
    async release(name, holder) {
      const own = and(eq(leases.name, name), eq(leases.holder, holder));
      await db.update(leases).set({ until: 0 }).where(own);
    },
    async list(prefix) {
      const held = and(sql`starts_with(${leases.name}, ${prefix})`, gt(leases.until, clock));
      return (await db.select().from(leases).where(held).orderBy(asc(leases.name))).map(toLease);
    },
  };
}
