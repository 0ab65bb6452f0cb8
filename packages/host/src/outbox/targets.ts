import type { ContinuumError } from '@continuum/contract/errors';
import { TargetView } from '@continuum/contract/http';
import type { KeyValueStore } from '@continuum/contract/ports/store';
import type { CircuitBreaker } from './breaker.ts';

const KEY = 'outbox:targets';
/** After that nobody has performed anything for long, and the word of a process that is gone is worth nothing. */
const KEPT_MS = 24 * 3_600_000;

/** Writes down how a process finds a target, for whoever looks at operations; the last word of any process stands. */
export async function writeTarget(
  values: KeyValueStore,
  target: string,
  breaker: CircuitBreaker,
  error: ContinuumError | undefined,
  now: Date,
): Promise<void> {
  const { probeAt, ...state } = breaker.state(now.getTime());
  const view: TargetView = {
    ...{ target, ...state, at: now.toISOString() },
    ...(probeAt === undefined ? {} : { probeAt: new Date(probeAt).toISOString() }),
    ...(error === undefined ? {} : { error: `${error.code}: ${error.message}` }),
  };
  await values.set(`${KEY}:${target}`, view, new Date(now.getTime() + KEPT_MS));
}

/** Targets as they were last found; one that nobody wrote of is closed. */
export async function readTargets(values: KeyValueStore, names: readonly string[], now: Date): Promise<TargetView[]> {
  return Promise.all(
    names.map(async (target) => {
      const known = TargetView.safeParse(await values.get(`${KEY}:${target}`)).data;
      return known ?? { target, state: 'closed' as const, failures: 0, at: now.toISOString() };
    }),
  );
}
