import { ContinuumError, toContinuumError } from '@continuum/contract/errors';
import { RequestError } from 'octokit';

/** GitHub's advice when a secondary limit comes without a time (docs: "wait for at least one minute"). */
const SECONDARY_LIMIT_MS = 60_000;

/** Runs work and turns whatever GitHub answers into CODE_HOST_UNAVAILABLE (retryable) or CODE_HOST_REJECTED. */
export async function guarded<T>(permission: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toHostError(error, permission);
  }
}

/** Is this an answer of GitHub with that status? */
export function isStatus(error: unknown, status: number): boolean {
  return error instanceof RequestError && error.status === status;
}

/**
 * A failed request as an error that says what to do. `permission` names what the token needs, as GitHub's settings page
 * writes it. Requests and their headers stay out of it: they carry the token.
 */
export function toHostError(error: unknown, permission: string): ContinuumError {
  if (error instanceof ContinuumError) return error;
  if (!(error instanceof RequestError)) return unexpected(error);
  const where = `${error.request.method} ${pathOf(error.request.url)}`;
  if (error.response === undefined) return unavailable(`GitHub did not answer ${where}: ${error.message}`, undefined);
  const message = `GitHub answered ${error.status} to ${where}: ${firstLine(error.message)}`;
  const answer = { status: error.status, headers: error.response.headers };
  if (isTemporary(error)) return unavailable(message, retryAfterMs(answer, Date.now()));
  return rejected(message, error.status, permission);
}

/** What GitHub refuses for good, with what to do for that HTTP status. */
export function rejected(message: string, status: number, permission: string): ContinuumError {
  return new ContinuumError('CODE_HOST_REJECTED', message, { next: nextStep(status, permission) });
}

/** Octokit wraps what the network does to a request; anything else is a fault of ours and must not be retried for ever. */
function unexpected(error: unknown): ContinuumError {
  const aborted = error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
  return aborted ? unavailable('GitHub did not answer in time', undefined) : toContinuumError(error);
}

/** What may go well later, in `wait` ms where that is known. */
export function unavailable(message: string, wait: number | undefined): ContinuumError {
  return new ContinuumError('CODE_HOST_UNAVAILABLE', message, {
    next: 'Nothing to do: the call is tried again. If it lasts, look at GitHub status and GITHUB_API_URL.',
    retryable: true,
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  });
}

function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : (url.split('?')[0] ?? '');
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, 300);
}

/** 5xx, timeouts, and every form of rate limit: 429, or 403 that says so by header or by words. */
function isTemporary(error: RequestError): boolean {
  if (error.status >= 500 || error.status === 408 || error.status === 429) return true;
  if (error.status !== 403) return false;
  const headers = error.response?.headers ?? {};
  const limited = headers['retry-after'] !== undefined || headers['x-ratelimit-remaining'] === '0';
  return limited || /rate limit|abuse detection/i.test(error.message);
}

/** Milliseconds to wait: `retry-after`, else until `x-ratelimit-reset`, else a minute for a rate limit, else not said. */
export function retryAfterMs(
  {
    status,
    headers,
  }: { readonly status: number; readonly headers: Readonly<Record<string, string | number | undefined>> },
  now: number,
): number | undefined {
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const reset = Number(headers['x-ratelimit-reset'] ?? Number.NaN);
  if (headers['x-ratelimit-remaining'] === '0' && Number.isFinite(reset)) return Math.max(1000, reset * 1000 - now);
  return status >= 500 || status === 408 ? undefined : SECONDARY_LIMIT_MS;
}

function nextStep(status: number, permission: string): string {
  const steps: Record<number, string> = {
    401: 'Check GITHUB_TOKEN, or GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY: they are missing, wrong or expired.',
    403: `Give the token or the GitHub App the repository permission "${permission}".`,
    404: `Check the repository's name, and that the token or the App's installation can see it with "${permission}".`,
    422: 'GitHub refuses the content of this request as it stands; the message says which part.',
  };
  return steps[status] ?? 'Look at the message of GitHub; trying again will not help.';
}
