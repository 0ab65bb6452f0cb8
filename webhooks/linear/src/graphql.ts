import { ContinuumError } from '@continuum/contract/errors';
import { retryAfterMs, untilMs } from '@continuum/ticket/retry-after';
import { z } from 'zod';

export interface LinearOptions {
  /** `https://api.linear.app/graphql`, or a fake. */
  readonly apiUrl: string;
  /** A personal API key, or `Bearer <token>` of an OAuth application. */
  readonly apiKey: string;
  /** For one request, in ms. Default 30 000. */
  readonly timeoutMs?: number | undefined;
  readonly now?: (() => Date) | undefined;
}

export interface Question {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal | undefined;
}

/** Asks Linear one question; the answer's `data` as the schema says. */
export type Ask = <T>(schema: z.ZodType<T>, question: Question) => Promise<T>;

const TIMEOUT_MS = 30_000;
/** Linear's limits are per hour; where it does not say when, a minute is soon enough. */
const RATE_LIMIT_MS = 60_000;
const MOST_ANSWER_BYTES = 10 << 20;

const Answer = z.object({
  data: z.unknown().optional(),
  errors: z
    .array(
      z.object({
        message: z.string(),
        extensions: z.object({ code: z.string().optional(), userPresentableMessage: z.string().optional() }).optional(),
      }),
    )
    .optional(),
});
type Failure = NonNullable<z.output<typeof Answer>['errors']>[number];

/**
 * Linear's GraphQL API (https://linear.app/developers/graphql). What it hands out throws TRACKER_UNAVAILABLE (retryable: network,
 * 5xx, rate limits with `retryAfterMs`) and TRACKER_REJECTED with what to do; never with the key.
 */
export function createAsk({ apiUrl, apiKey, timeoutMs = TIMEOUT_MS, now = () => new Date() }: LinearOptions): Ask {
  return async (schema, { query, variables, signal }) => {
    const timeout = AbortSignal.timeout(timeoutMs);
    const response = await send(apiUrl, {
      method: 'POST',
      headers: { authorization: apiKey, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      redirect: 'error',
    });
    const answer = await readAnswer(response);
    const [failure] = answer?.errors ?? [];
    if (failure !== undefined || !response.ok) throw refusal(response, failure, now());
    const parsed = schema.safeParse(answer?.data);
    if (parsed.success) return parsed.data;
    throw unavailable('Linear answered with something else than was asked for', undefined);
  };
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    throw unavailable('Linear did not answer', undefined, cause);
  }
}

/** Undefined for what is no JSON of GraphQL: a proxy's page, or half an answer. */
async function readAnswer(response: Response): Promise<z.output<typeof Answer> | undefined> {
  try {
    const text = await response.text();
    return text.length > MOST_ANSWER_BYTES ? undefined : Answer.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function refusal(response: Response, failure: Failure | undefined, now: Date): ContinuumError {
  const { status, headers } = response;
  const code = failure?.extensions?.code;
  const said = (failure?.extensions?.userPresentableMessage ?? failure?.message ?? '').split('\n')[0]?.slice(0, 300);
  const message = `Linear answered ${status}${said === undefined || said === '' ? '' : `: ${said}`}`;
  if (code === 'RATELIMITED' || status === 429) return unavailable(message, limitEndsIn(headers, now));
  if (status >= 500 || status === 408 || code === 'INTERNAL_SERVER_ERROR') {
    return unavailable(message, retryAfterMs(headers.get('retry-after'), now));
  }
  return new ContinuumError('TRACKER_REJECTED', message, { next: nextStep(status, code) });
}

function limitEndsIn(headers: Headers, now: Date): number {
  const ends = ['requests', 'complexity'].map((kind) => ({
    left: headers.get(`x-ratelimit-${kind}-remaining`),
    in: untilMs(headers.get(`x-ratelimit-${kind}-reset`), now),
  }));
  const spent = ends.find(({ left }) => left !== null && Number(left) <= 0) ?? ends[0];
  return retryAfterMs(headers.get('retry-after'), now) ?? spent?.in ?? RATE_LIMIT_MS;
}

function unavailable(message: string, retryAfter: number | undefined, cause?: unknown): ContinuumError {
  return new ContinuumError('TRACKER_UNAVAILABLE', message, {
    next: 'Nothing to do: the call is tried again. If it lasts, look at Linear’s status page and LINEAR_API_URL.',
    retryable: true,
    ...(retryAfter === undefined ? {} : { retryAfterMs: retryAfter }),
    ...(cause === undefined ? {} : { cause }),
  });
}

function nextStep(status: number, code: string | undefined): string {
  if (status === 401 || code === 'AUTHENTICATION_ERROR') return 'Check LINEAR_API_KEY: it is wrong or was revoked.';
  if (status === 403 || code === 'FORBIDDEN')
    return 'Give the key access to the team of this issue, and permission to comment.';
  return 'Look at the message of Linear; trying again will not help.';
}
