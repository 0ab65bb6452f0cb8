import { ContinuumError } from '@continuum/contract/errors';

const UNIQUE_VIOLATION = '23505';
/** A page or an index whose checksum or content is wrong. */
const CORRUPTED = new Set(['XX001', 'XX002']);
/**
 * The server is starting, stopping, full, or a standby that cannot write; the connection broke (class 08); or it could not be
 * made, in Node's own codes.
 */
const AWAY = /^(?:08...|57P0.|53300|25006|E[A-Z_]{3,})$/;
/** Serialization failure and deadlock: PostgreSQL took the whole transaction back, and the same again may succeed. */
const CONTENDED = /^40/;
/** Passes by itself: resources, a statement or a lock that took too long, the system around the database. */
const PASSING = /^(?:53|57|58)|^55P03$/;

/** A failure as PostgreSQL reports it: message and SQLSTATE. */
export interface QueryFailure {
  readonly message: string;
  readonly code?: string | undefined;
  /** Not the database spoke but the client: the connection broke or did not answer in time. */
  readonly ofConnection?: boolean;
}

/** Marks errors of transactions that are worth another try. */
class Contention extends Error {}

/** What is known of a thrown value, in a shape that survives a message between threads. */
export function toQueryFailure(thrown: unknown): QueryFailure {
  if (!(thrown instanceof Error)) return { message: String(thrown) };
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
  return { message: thrown.message, code };
}

/** Did PostgreSQL take the transaction back because another one stood in its way? */
export function isContended(thrown: unknown): boolean {
  return thrown instanceof ContinuumError && thrown.cause instanceof Contention;
}

/** Was the server away, or did the connection break? */
export function isUnavailable(thrown: unknown): boolean {
  return thrown instanceof ContinuumError && thrown.code === 'STORE_UNAVAILABLE' && !isContended(thrown);
}

/**
 * CONFLICT for a broken uniqueness, STORE_CORRUPT for damaged pages, STORE_UNAVAILABLE (retryable) for a server that is away
 * or a transaction that lost against another, INTERNAL for everything else; never carries the parameters.
 */
export function toStoreError({ message, code = '', ofConnection = false }: QueryFailure): ContinuumError {
  const text = `${message} [${code}]`;
  if (CORRUPTED.has(code)) {
    return new ContinuumError('STORE_CORRUPT', `The database found damage in its files: ${text}`, {
      next: 'Stop, and restore the latest backup into an empty place: `continuum restore <backup folder>`.',
    });
  }
  if (ofConnection || AWAY.test(code)) {
    return new ContinuumError('STORE_UNAVAILABLE', `The database cannot be used now: ${text}`, {
      next: 'Check that PostgreSQL runs and that DATABASE_URL names it; work goes on by itself when it is back.',
      retryable: true,
    });
  }
  if (CONTENDED.test(code)) {
    const cause = new Contention(code);
    return new ContinuumError('STORE_UNAVAILABLE', `Another transaction was in the way: ${text}`, {
      ...{ retryable: true, cause },
    });
  }
  if (code === UNIQUE_VIOLATION) return new ContinuumError('CONFLICT', `The database answered: ${text}`);
  return new ContinuumError('INTERNAL', `The database answered: ${text}`, { retryable: PASSING.test(code) });
}
