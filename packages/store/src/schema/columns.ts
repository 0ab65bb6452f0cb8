import { bigint, customType } from 'drizzle-orm/pg-core';
import { toJsonText } from '../clean.ts';

/** A jsonb column; text that PostgreSQL cannot hold (NUL, lone surrogates) is replaced on the way in. */
export const json = customType<{ data: unknown; driverData: unknown }>({
  dataType: () => 'jsonb',
  toDriver: toJsonText,
  fromDriver: (value) => value,
});

/** A point in time in ms since 1970. */
export const ms = () => bigint({ mode: 'number' });

/** Order of insertion; ids are time ordered only to the millisecond. */
export const serial = () => bigint({ mode: 'number' }).generatedAlwaysAsIdentity();
