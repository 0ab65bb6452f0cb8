/** Longer than this nobody is made to wait, in ms. */
const LONGEST_MS = 6 * 3_600_000;

/**
 * Milliseconds that a `Retry-After` header asks to wait: seconds or an HTTP date (RFC 9110, 10.2.3). Undefined where it says
 * nothing that can be read; six hours at most.
 */
export function retryAfterMs(value: string | null | undefined, now: Date): number | undefined {
  if (value === null || value === undefined || value.trim() === '') return undefined;
  const ms = /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now.getTime();
  return bounded(ms);
}

/** The same for a moment in ms since 1970, or ISO 8601, at which a limit ends. */
export function untilMs(value: string | null | undefined, now: Date): number | undefined {
  if (value === null || value === undefined || value.trim() === '') return undefined;
  const at = /^\d+$/.test(value.trim()) ? Number(value) : Date.parse(value);
  return bounded(at - now.getTime());
}

function bounded(ms: number): number | undefined {
  return Number.isFinite(ms) ? Math.min(LONGEST_MS, Math.max(0, Math.ceil(ms))) : undefined;
}
