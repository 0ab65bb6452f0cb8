import { ContinuumError } from '@continuum/contract/errors';
import { type ZodType, z } from 'zod';

/** What is written is checked, so that what was written can be read: one bad row must not spoil a page. Throws INVALID_INPUT. */
export function checked<T>(schema: ZodType<T>, value: T): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ContinuumError('INVALID_INPUT', `Cannot be stored: ${z.prettifyError(parsed.error)}`);
}
