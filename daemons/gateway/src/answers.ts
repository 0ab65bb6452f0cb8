import { ContinuumError, toContinuumError } from '@continuum/contract/errors';
import { HTTPException } from 'hono/http-exception';
import type { Logger } from 'pino';
import type { ZodError } from 'zod';

/** A JSON answer whose shape is stated where it is made: `json<Review>(review)`. */
export function json<T>(value: T, status = 200): Response {
  return Response.json(value, { status });
}

/** The HTTP answer for anything thrown: stable code and status, `Retry-After` in seconds when the system is overloaded. */
export function errorAnswer(thrown: unknown, log: Logger): Response {
  const { status, body, headers } = errorParts(thrown, log);
  return Response.json(body, { status, headers });
}

/** The same in parts, for a server without `Response`. */
export function errorParts(
  thrown: unknown,
  log: Logger,
): { readonly status: number; readonly body: unknown; readonly headers: Record<string, string> } {
  const error = toPublicError(thrown, log);
  const headers: Record<string, string> = {};
  if (error.code === 'OVERLOADED') headers['retry-after'] = String(Math.ceil((error.retryAfterMs ?? 1000) / 1000));
  if (error.code === 'UNAUTHORIZED') headers['www-authenticate'] = 'Bearer realm="continuum"';
  return { status: error.status, body: error.toJSON(), headers };
}

function toPublicError(thrown: unknown, log: Logger): ContinuumError {
  if (thrown instanceof HTTPException) return fromHttpException(thrown);
  const error = toContinuumError(thrown);
  if (error.code !== 'INTERNAL') return error;
  // What went wrong inside is for the log; a stack or a path is nothing for the outside.
  log.error({ err: thrown }, 'request failed');
  return new ContinuumError('INTERNAL', 'something went wrong inside', { next: 'Look at the log of the server.' });
}

function fromHttpException(thrown: HTTPException): ContinuumError {
  if (thrown.status === 413) return new ContinuumError('PAYLOAD_TOO_LARGE', 'the body is too large');
  if (thrown.message.startsWith('Malformed JSON')) {
    return new ContinuumError('MALFORMED_JSON', 'the body is not JSON', { next: 'Send one JSON value in UTF-8.' });
  }
  return new ContinuumError('INVALID_INPUT', thrown.message);
}

/** INVALID_INPUT that names every field which does not parse, never its value. */
export function invalidInput(target: string, error: ZodError): ContinuumError {
  const problems = error.issues.map((issue) => `${issue.path.join('.') || target}: ${issue.message}`);
  return new ContinuumError('INVALID_INPUT', problems.join('; '), {
    next: 'Correct these fields; /openapi.json lists every shape.',
  });
}

/** NOT_FOUND for one thing by its id. */
export function notFound(what: string, id: string): ContinuumError {
  return new ContinuumError('NOT_FOUND', `there is no ${what} ${id}`);
}

const LATER = new Set(['/api/v1/generate', '/api/v1/reward']);

/** NOT_FOUND for a path nobody serves; says so when the route is planned and not built. */
export function noRoute(method: string, path: string): ContinuumError {
  if (LATER.has(path)) {
    return new ContinuumError('NOT_FOUND', `${method} ${path} is not part of this version`, {
      next: 'Corrections, memory and layers are there: GET /openapi.json lists every route.',
    });
  }
  return new ContinuumError('NOT_FOUND', `there is no ${method} ${path}`, {
    next: 'GET /openapi.json lists every route.',
  });
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** The same object without the fields that are undefined, for ports whose optional fields are absent or set. */
export function defined<T extends object>(value: T): Defined<T>;
export function defined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined));
}
