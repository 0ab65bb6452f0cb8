import type { JournalRecord } from '@continuum/contract/ports/journal';
import type { HandOn } from './hand-on.ts';
import type { IntakeRuntime } from './runtime.ts';

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

export interface Insistence {
  readonly handOn: HandOn;
  readonly log: IntakeRuntime['log'];
  readonly signal: AbortSignal;
  /** Told when the record begins to wait for another try, and when the wait is over. */
  readonly onWaiting?: (isWaiting: boolean) => void;
}

/** Hands a record on, and tries until it works; false when the signal came first. Never throws. */
export async function insist(record: JournalRecord, options: Insistence): Promise<boolean> {
  const { handOn, log, signal, onWaiting } = options;
  for (let delay = FIRST_RETRY_MS; ; delay = Math.min(delay * 2, LAST_RETRY_MS)) {
    try {
      await handOn(record);
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      log.error({ err: error, id: record.id, delay }, 'delivery not handed on; tried again');
    }
    onWaiting?.(true);
    await pause(delay, signal);
    onWaiting?.(false);
    if (signal.aborted) return false;
  }
}

/** Resolves after `ms`, or at once when the signal says so. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
