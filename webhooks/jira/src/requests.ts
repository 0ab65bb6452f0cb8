import { ContinuumError } from '@continuum/contract/errors';
import { retryAfterMs, untilMs } from '@continuum/ticket/retry-after';
import type { z } from 'zod';

export interface JiraOptions {
  /** Address of the site, such as `https://acme.atlassian.net`, or a fake. */
  readonly url: string;
  readonly email: string;
  /** An API token of that account. */
  readonly apiToken: string;
  /** For one request, in ms. Default 30 000. */
  readonly timeoutMs?: number | undefined;
  readonly now?: (() => Date) | undefined;
}

export interface JiraRequest {
  readonly method: 'GET' | 'POST';
  /** Below `/rest/api/3`, with its parts encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** Asks Jira; the answer as the schema says, undefined for what is not there or not to be seen. */
export type Ask = <T>(schema: z.ZodType<T>, request: JiraRequest) => Promise<T | undefined>;

const TIMEOUT_MS = 30_000;
const RATE_LIMIT_MS = 60_000;
const MOST_ANSWER_BYTES = 20 << 20;

/**
 * Jira Cloud's REST API, version 3 (https://developer.atlassian.com/cloud/jira/platform/rest/v3). What it hands out throws
 * TRACKER_UNAVAILABLE (retryable: network, 5xx, rate limits with `retryAfterMs`) and TRACKER_REJECTED with what to do; never with
 * the token.
 */
export function createAsk({ url, email, apiToken, timeoutMs = TIMEOUT_MS, now = () => new Date() }: JiraOptions): Ask {
  const authorization = `Basic ${Buffer.from(`${email}:${apiToken}`).toString('base64')}`;
  return async (schema, { method, path, query = {}, body, signal }) => {
    const timeout = AbortSignal.timeout(timeoutMs);
    const address = `${url.replace(/\/+$/, '')}/rest/api/3${path}?${new URLSearchParams(query)}`;
    const response = await send(address, {
      method,
      headers: { authorization, accept: 'application/json', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      redirect: 'error',
    });
    const answer = await readAnswer(response);
    if (response.status === 404 && method === 'GET') return undefined;
    if (!response.ok) throw refusal(response, answer, now());
    const parsed = schema.safeParse(answer);
    if (parsed.success) return parsed.data;
    throw unavailable('Jira answered with something else than was asked for', undefined);
  };
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    throw unavailable('Jira did not answer', undefined, cause);
  }
}

/** Undefined for what is no JSON: a proxy's page, or half an answer. */
async function readAnswer(response: Response): Promise<unknown> {
  try {
    const text = await response.text();
    return text.length > MOST_ANSWER_BYTES ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal({ status, headers }: Response, answer: unknown, now: Date): ContinuumError {
  const said = firstMessage(answer);
  const message = `Jira answered ${status}${said === undefined ? '' : `: ${said.slice(0, 300)}`}`;
  const wait = retryAfterMs(headers.get('retry-after'), now);
  if (status === 429)
    return unavailable(message, wait ?? untilMs(headers.get('x-ratelimit-reset'), now) ?? RATE_LIMIT_MS);
  if (status >= 500 || status === 408) return unavailable(message, wait);
  return new ContinuumError('TRACKER_REJECTED', message, { next: nextStep(status) });
}

/** The first of Jira's `{ errorMessages: [], errors: {} }`. */
function firstMessage(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  const list: unknown = Reflect.get(answer, 'errorMessages');
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  return typeof first === 'string' ? first.split('\n')[0] : undefined;
}

function unavailable(message: string, retryAfter: number | undefined, cause?: unknown): ContinuumError {
  return new ContinuumError('TRACKER_UNAVAILABLE', message, {
    next: 'Nothing to do: the call is tried again. If it lasts, look at Atlassian’s status page and JIRA_URL.',
    retryable: true,
    ...(retryAfter === undefined ? {} : { retryAfterMs: retryAfter }),
    ...(cause === undefined ? {} : { cause }),
  });
}

function nextStep(status: number): string {
  if (status === 401) return 'Check JIRA_EMAIL and JIRA_API_TOKEN: they are wrong or the token has expired.';
  if (status === 403) return 'Give the account of JIRA_EMAIL the project permission "Add comments".';
  if (status === 404) return 'Check the key of the issue, and that the account of JIRA_EMAIL may browse its project.';
  return 'Look at the message of Jira; trying again will not help.';
}
