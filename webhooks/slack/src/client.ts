import { AsyncLocalStorage } from 'node:async_hooks';
import { ContinuumError } from '@continuum/contract/errors';
import { type FetchFunction, type Logger, LogLevel, WebClient } from '@slack/web-api';

/** Where the client tells what it does; structured loggers such as pino fit. */
export interface HostLog {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export interface ClientOptions {
  /** `https://slack.com/api/`, or a fake. */
  readonly apiUrl: string;
  /** A bot's `xoxb-…`, or an app's `xapp-…` for sockets. */
  readonly token: string;
  readonly log?: HostLog | undefined;
  /** For one request, in ms. Default 15 000. */
  readonly timeoutMs?: number | undefined;
}

const TIMEOUT_MS = 15_000;
/** Slack's limits are counted by the minute; one that comes without a time is waited out. */
const LIMIT_MS = 30_000;

/** A client that asks once: a write that failed may have happened, and only whoever looks first tries again. */
export function createClient(options: ClientOptions): WebClient {
  return new WebClient(options.token, {
    slackApiUrl: `${options.apiUrl.replace(/\/+$/, '')}/`,
    allowAbsoluteUrls: false,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: quiet(options.log),
    fetch: fetchWithin(options.timeoutMs ?? TIMEOUT_MS),
  });
}

const callers = new AsyncLocalStorage<AbortSignal>();

/** Every request of `work` ends with the signal of whoever called. */
export function within<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  return signal === undefined ? work() : callers.run(signal, work);
}

function fetchWithin(timeoutMs: number): FetchFunction {
  return async (url, init = {}) => {
    const caller = callers.getStore();
    const signals = [AbortSignal.timeout(timeoutMs), ...(caller === undefined ? [] : [caller])];
    const answer = await fetch(url, { ...init, signal: AbortSignal.any(signals) });
    // The client knows no limit without a time and would take it for the end.
    if (answer.status === 429 && Number.isNaN(Number.parseInt(answer.headers.get('retry-after') ?? '', 10))) {
      throw new ContinuumError('CHAT_UNAVAILABLE', 'Slack limits our requests and does not say for how long', {
        next: 'Nothing to do: the call is tried again.',
        retryable: true,
        retryAfterMs: LIMIT_MS,
      });
    }
    return answer;
  };
}

/** The client's own words as ours. What it says at `debug` holds whole requests: it is not asked for them. */
export function quiet(log: HostLog | undefined): Logger {
  const tell = (how: 'info' | 'warn' | 'error', words: readonly unknown[]): void =>
    log?.[how](words.map(String).join(' '));
  return {
    debug: () => {},
    info: (...words) => tell('info', words),
    warn: (...words) => tell('warn', words),
    error: (...words) => tell('error', words),
    setLevel: () => {},
    getLevel: () => LogLevel.INFO,
    setName: () => {},
  };
}
