import { ContinuumError } from '@continuum/contract/errors';
import type { KeyValueStore, Lease, LeaseStore } from '@continuum/contract/ports/store';
import type { Statement } from './statement.ts';
import type { LeaseRow } from './tables.ts';

/** Values pass through JSON, as they do on their way into a database. */
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));

/** Small values by key, over tables in memory. */
export function simValues(statement: Statement, inTransaction: boolean): KeyValueStore {
  return {
    get: (key) =>
      statement(`get ${key}`, (tables, now) => {
        const row = tables.values.get(key);
        const isOver = row?.expiresAt !== undefined && row.expiresAt <= now.getTime();
        return isOver ? undefined : row?.value;
      }),
    set: (key, value, expiresAt) =>
      statement(`set ${key}`, (tables) =>
        tables.values.set(key, { value: asJson(value), expiresAt: expiresAt?.getTime() }),
      ),
    delete: (key) => statement(`delete ${key}`, (tables) => tables.values.delete(key)),
    lock: (key) =>
      statement(`lock ${key}`, () => {
        // Transactions run one after the other here, so whoever is in one has every lock.
        if (!inTransaction) throw new ContinuumError('INTERNAL', `a lock of ${key} outside of a transaction`);
      }),
  };
}

const toLease = ({ until, ...row }: LeaseRow): Lease => ({ ...row, until: new Date(until).toISOString() });

/** Leases by the one clock of the database, over tables in memory. */
export function simLeases(statement: Statement): LeaseStore {
  return {
    take: (name, holder, ttlMs) =>
      statement(`take ${name}`, (tables, _, clock) => {
        const row = tables.leases.get(name);
        const holds = row !== undefined && row.until > clock.getTime();
        if (holds && row.holder !== holder) return undefined;
        const fence = holds ? row.fence : (row?.fence ?? 0) + 1;
        const taken = { name, holder, fence, until: clock.getTime() + ttlMs };
        tables.leases.set(name, taken);
        return toLease(taken);
      }),
    release: (name, holder) =>
      statement(`release ${name}`, (tables) => {
        const row = tables.leases.get(name);
        if (row?.holder === holder) tables.leases.set(name, { ...row, until: 0 });
      }),
    list: (prefix) =>
      statement(`leases ${prefix}`, (tables, _, clock) =>
        tables.leases
          .all()
          .filter((row) => row.name.startsWith(prefix) && row.until > clock.getTime())
          .sort((a, b) => (a.name < b.name ? -1 : 1))
          .map(toLease),
      ),
  };
}
