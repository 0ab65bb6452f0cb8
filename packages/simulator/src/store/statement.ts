import type { Tables } from './tables.ts';

/** Runs one statement in one instant: at `now` by the clock of the caller, at `clock` by that of the database. */
export type Statement = <T>(what: string, run: (tables: Tables, now: Date, clock: Date) => T) => Promise<T>;
