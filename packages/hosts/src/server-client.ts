import { ContinuumError } from '@continuum/contract/errors';
import { z } from 'zod';
import { aborted } from './until-aborted.ts';

const TIMEOUT_MS = 60_000;
/** Of a server's own words, so that no page of HTML ends up in a log. */
const QUOTED = 300;

export interface ServerOptions {
  /** For example `http://127.0.0.1:8000`. */
  readonly baseUrl: string;
  readonly apiKey?: string;
  /** ms for one request, default 60 s. */
  readonly timeoutMs?: number;
}

/** What a server said that is no success. */
export interface Rejection {
  readonly status: number;
  readonly text: string;
}

/** MODEL_UNAVAILABLE because the server answered so. */
export class ServerRejected extends ContinuumError {
  /** The HTTP status of the answer. */
  readonly answered: number;

  constructor(message: string, answered: number, options: { readonly next: string; readonly retryable: boolean }) {
    super('MODEL_UNAVAILABLE', message, options);
    this.answered = answered;
  }
}

interface Call {
  readonly body?: unknown;
  readonly raw?: Uint8Array;
  readonly signal?: AbortSignal | undefined;
}

/** One model server over HTTP: a time limit, no redirects, answers checked, failures as MODEL_UNAVAILABLE. */
export class ServerClient {
  readonly #name: string;
  readonly #baseUrl: string;
  readonly #apiKey: string | undefined;
  readonly #timeoutMs: number;

  /** Throws CONFIG_INVALID for anything but an HTTP address. */
  constructor(name: string, { baseUrl, apiKey, timeoutMs = TIMEOUT_MS }: ServerOptions) {
    const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
    if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
      throw new ContinuumError('CONFIG_INVALID', `The address of ${name} is no HTTP address.`, {
        next: 'Give something like http://127.0.0.1:8000.',
      });
    }
    this.#name = name;
    this.#baseUrl = url.href.replace(/\/$/, '');
    this.#apiKey = apiKey;
    this.#timeoutMs = timeoutMs;
  }

  /** The answer's JSON as the schema has it. Throws MODEL_UNAVAILABLE, ABORTED. */
  async json<S extends z.ZodType>(method: string, path: string, schema: S, call: Call = {}): Promise<z.output<S>> {
    const { response, text } = await this.#fetch(method, path, call);
    if (!response.ok) throw this.unavailable({ status: response.status, text });
    const parsed = schema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    throw new ContinuumError('MODEL_UNAVAILABLE', `${this.#name}: ${path} answered ${z.prettifyError(parsed.error)}`, {
      next: `Check that a current ${this.#name} runs there.`,
    });
  }

  /** Undefined for success, else what the server said; for calls whose refusals mean something. Throws as `json` does. */
  async attempt(method: string, path: string, call: Call = {}): Promise<Rejection | undefined> {
    const { response, text } = await this.#fetch(method, path, call);
    return response.ok ? undefined : { status: response.status, text };
  }

  /** A refusal as the error that callers know. */
  unavailable({ status, text }: Rejection): ServerRejected {
    const isPassing = status === 408 || status === 429 || status >= 500;
    const said = this.#redact(text).slice(0, QUOTED);
    return new ServerRejected(`${this.#name} answered ${status}: ${said}`, status, {
      next: isPassing ? 'Try again in a moment.' : `Check the settings of ${this.#name}.`,
      retryable: isPassing,
    });
  }

  async #fetch(method: string, path: string, call: Call): Promise<{ response: Response; text: string }> {
    const limit = AbortSignal.timeout(this.#timeoutMs);
    const signal = call.signal === undefined ? limit : AbortSignal.any([call.signal, limit]);
    const headers = new Headers();
    if (call.body !== undefined) headers.set('content-type', 'application/json');
    if (this.#apiKey !== undefined) headers.set('authorization', `Bearer ${this.#apiKey}`);
    const body = call.raw === undefined ? JSON.stringify(call.body) : Buffer.from(call.raw);
    try {
      // A redirect would carry prompts, which hold source code, to wherever it points.
      const init = { method, headers, signal, redirect: 'error' } as const;
      const response = await fetch(`${this.#baseUrl}${path}`, body === undefined ? init : { ...init, body });
      return { response, text: await response.text() };
    } catch (error) {
      if (call.signal?.aborted) throw aborted();
      const why = limit.aborted
        ? `gave no answer within ${this.#timeoutMs} ms`
        : `cannot be reached: ${causeOf(error)}`;
      throw new ContinuumError('MODEL_UNAVAILABLE', `${this.#name} ${this.#redact(why)}.`, {
        next: `Check that ${this.#name} is running.`,
        retryable: true,
      });
    }
  }

  #redact(text: string): string {
    return this.#apiKey ? text.replaceAll(this.#apiKey, '[redacted]') : text;
  }
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message : String(cause);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
