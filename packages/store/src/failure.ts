import { ContinuumError } from '@continuum/contract/errors';

const UNIQUE_VIOLATION = '23505';
/** A page or an index whose checksum or content is wrong. */
const CORRUPTED = new Set(['XX001', 'XX002']);

/** A failure as PostgreSQL reports it: message and SQLSTATE. */
export interface QueryFailure {
  readonly message: string;
  readonly code?: string | undefined;
}

/** What is known of a thrown value, in a shape that survives a message between threads. */
export function toQueryFailure(thrown: unknown): QueryFailure {
  if (!(thrown instanceof Error)) return { message: String(thrown) };
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
  return { message: thrown.message, code };
}

/** CONFLICT for a broken uniqueness, STORE_CORRUPT for damaged pages, INTERNAL for everything else; never carries the parameters. */
export function toStoreError({ message, code = '' }: QueryFailure): ContinuumError {
  if (CORRUPTED.has(code)) {
    return new ContinuumError('STORE_CORRUPT', `The database found damage in its files: ${message} [${code}]`, {
      next: 'Stop, and restore the latest backup into an empty place: `continuum restore <backup folder>`.',
    });
  }
  const conflict = code === UNIQUE_VIOLATION;
  // Node's own codes (ECONNREFUSED) are about the connection, and the message may be empty.
  const retryable = /^E[A-Z]{4,}$/.test(code);
  return new ContinuumError(conflict ? 'CONFLICT' : 'INTERNAL', `The database answered: ${message} [${code}]`, {
    retryable,
  });
}
