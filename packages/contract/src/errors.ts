/** Stable codes: clients, tests and runbooks match on these, never on the message. */
export const ERROR_CODES = [
  'INVALID_INPUT',
  'NOT_FOUND',
  'UNAUTHORIZED',
  'FORBIDDEN',
  'CONFLICT',
  'PAYLOAD_TOO_LARGE',
  'PAYLOAD_TOO_DEEP',
  'MALFORMED_JSON',
  'UNKNOWN_SOURCE',
  'UNKNOWN_EVENT',
  'SOURCE_NOT_CONFIGURED',
  'OVERLOADED',
  'NOT_A_DIFF',
  'NOT_A_REPOSITORY',
  'UNKNOWN_REVISION',
  'STORE_LOCKED',
  'STORE_UNAVAILABLE',
  'STORE_CORRUPT',
  'JOURNAL_CORRUPT',
  'BACKUP_CORRUPT',
  'BUS_CLOSED',
  'BUS_UNAVAILABLE',
  'LEASE_LOST',
  'MODEL_UNAVAILABLE',
  'MODEL_BUDGET_EXCEEDED',
  'MODEL_BAD_OUTPUT',
  'CODE_HOST_UNAVAILABLE',
  'CODE_HOST_REJECTED',
  'CHAT_UNAVAILABLE',
  'CHAT_REJECTED',
  'TRACKER_UNAVAILABLE',
  'TRACKER_REJECTED',
  'ANALYZER_FAILED',
  'LAYER_CORRUPT',
  'LAYER_INCOMPATIBLE',
  'LAYER_UNTRUSTED',
  'LAYER_NOT_LOADED',
  'TRAINING_FAILED',
  'CONFIG_INVALID',
  'ABORTED',
  'INTERNAL',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

const HTTP_STATUS: Partial<Record<ErrorCode, number>> = {
  INVALID_INPUT: 400,
  MALFORMED_JSON: 400,
  PAYLOAD_TOO_DEEP: 400,
  UNKNOWN_EVENT: 400,
  NOT_A_DIFF: 400,
  NOT_A_REPOSITORY: 400,
  UNKNOWN_REVISION: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  UNKNOWN_SOURCE: 404,
  CONFLICT: 409,
  LAYER_CORRUPT: 422,
  LAYER_INCOMPATIBLE: 422,
  LAYER_UNTRUSTED: 422,
  PAYLOAD_TOO_LARGE: 413,
  SOURCE_NOT_CONFIGURED: 503,
  OVERLOADED: 503,
  STORE_UNAVAILABLE: 503,
  BUS_UNAVAILABLE: 503,
};

export interface ErrorOptions {
  /** What the reader should do next, one sentence. Never a secret. */
  readonly next?: string;
  readonly cause?: unknown;
  /** Retrying the same call later may succeed. */
  readonly retryable?: boolean;
  /** When a retry makes sense, in ms from now. */
  readonly retryAfterMs?: number;
}

/** The one error class that crosses package borders: a stable code, a message, and what to do next. */
export class ContinuumError extends Error {
  readonly code: ErrorCode;
  readonly next: string | undefined;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ContinuumError';
    this.code = code;
    this.next = options.next;
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** The HTTP status that says the same thing. */
  get status(): number {
    return HTTP_STATUS[this.code] ?? 500;
  }

  /** The body of an HTTP error answer and of `--json` on the command line. */
  toJSON(): { error: { code: ErrorCode; message: string; next?: string } } {
    return {
      error: { code: this.code, message: this.message, ...(this.next === undefined ? {} : { next: this.next }) },
    };
  }
}

/** Any thrown value as a ContinuumError; unknown ones become `INTERNAL` with the original as cause. */
export function toContinuumError(thrown: unknown): ContinuumError {
  if (thrown instanceof ContinuumError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new ContinuumError('INTERNAL', message, { cause: thrown });
}
