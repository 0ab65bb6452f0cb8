import type { KeyValueStore } from '@continuum/contract/ports/store';
import { and, eq, gt, isNull, or } from 'drizzle-orm';
import type { Context } from '../connection.ts';
import { values } from '../schema/operations.ts';

/** Small values by key; an expired one reads as absent. */
export function keyValueStore({ db, lock, now }: Context): KeyValueStore {
  return {
    async get(key) {
      const alive = or(isNull(values.expiresAt), gt(values.expiresAt, now().getTime()));
      const [row] = await db
        .select({ value: values.value })
        .from(values)
        .where(and(eq(values.key, key), alive));
      return row?.value;
    },
    async set(key, value, expiresAt) {
      const set = { value: value ?? null, expiresAt: expiresAt?.getTime() ?? null };
      await db
        .insert(values)
        .values({ key, ...set })
        .onConflictDoUpdate({ target: values.key, set });
    },
    async delete(key) {
      await db.delete(values).where(eq(values.key, key));
    },
    lock,
  };
}
