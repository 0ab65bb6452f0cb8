import { ContinuumError } from '@continuum/contract/errors';
import { APIConnectionError, APIError } from 'openai';

/** Takes a key, and whatever looks like one, out of a text that people will read. */
export function redact(text: string, apiKey: string): string {
  const known = apiKey.length < 4 ? text : text.replaceAll(apiKey, '[redacted]');
  return known
    .replaceAll(/\b(sk|key|pk|org|proj)-[\w*.-]{6,}/g, '[redacted]')
    .replaceAll(/\bBearer\s+\S+/gi, 'Bearer [redacted]')
    .replaceAll(/:\/\/[^/\s@]+@/g, '://[redacted]@');
}

/** ms that a server asks to wait: `retry-after-ms`, or `retry-after` in seconds or as a date (RFC 9110, 10.2.3). */
export function retryAfterMs(error: unknown, now: Date): number | undefined {
  if (!(error instanceof APIError)) return undefined;
  const ms = Number.parseFloat(error.headers?.get('retry-after-ms') ?? '');
  if (ms >= 0) return ms;
  const header = error.headers?.get('retry-after') ?? '';
  const wait = /^\s*[\d.]+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now.getTime();
  return wait >= 0 ? wait : undefined;
}

/** May the same request succeed a little later? Connection errors, timeouts, broken streams, 408, 409, 429 and 5xx. */
export function isTransient(error: unknown): boolean {
  if (error instanceof ContinuumError) return error.retryable;
  if (error instanceof APIConnectionError || !(error instanceof APIError)) return true;
  const { status } = error;
  // An account without credit answers 429 too, and no waiting helps.
  if (error.code === 'insufficient_quota') return false;
  return status === undefined || status === 408 || status === 409 || status === 429 || status >= 500;
}

function whatNext(status: number | undefined): string {
  if (status === 401 || status === 403) return 'Check OPENAI_API_KEY and what it may use.';
  if (status === 404) return 'Check OPENAI_MODEL and OPENAI_BASE_URL: the server does not know this model or path.';
  if (status === 429) return 'Wait, or raise the limit of the account.';
  if (status !== undefined && status < 500)
    return 'Check that the server speaks the OpenAI API and that the prompt fits its context.';
  return 'Check that the model server is running and reachable.';
}

/** A failed call as MODEL_UNAVAILABLE: no key, no headers and no cause that could carry one. */
export function toUnavailable(error: unknown, apiKey: string, now: Date): ContinuumError {
  if (error instanceof ContinuumError) return error;
  const status = error instanceof APIError ? error.status : undefined;
  const text = redact(error instanceof Error ? error.message : String(error), apiKey).slice(0, 500);
  const wait = retryAfterMs(error, now);
  return new ContinuumError('MODEL_UNAVAILABLE', `The model gave no answer: ${text}`, {
    next: whatNext(status),
    retryable: isTransient(error),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  });
}
