import type { Commands } from '@continuum/contract/command';
import { type ContinuumError, toContinuumError } from '@continuum/contract/errors';
import type { Bus } from '@continuum/contract/ports/bus';
import type { OutboxEntry, Store } from '@continuum/contract/ports/store';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { CircuitBreaker } from './outbox/breaker.ts';
import { Lane, type LaneObserver } from './outbox/lane.ts';
import { planLanes } from './outbox/lanes.ts';
import { outboxMetrics } from './outbox/metrics.ts';
import { writeTarget } from './outbox/targets.ts';
import type { Daemon } from './runtime.ts';
import { EMIT_EVENT, emitTold } from './tell.ts';

const POLL_MS = 1_000;
/**
 * A request that a killed process had sent is done all the same: until it is, whoever looks for its effect does not find it
 * and would do it twice. GitHub ends a request after 10 s.
 */
const IN_FLIGHT_MS = 12_000;

export interface Outbox extends Daemon {
  /** There is new work: look now instead of at the next poll. */
  poke(): void;
}

export interface OutboxParts {
  readonly store: Pick<Store, 'outbox' | 'values' | 'audit'>;
  readonly bus: Pick<Bus, 'emit'>;
  readonly commands: Commands;
  readonly now: () => Date;
  readonly log: Logger;
  readonly metrics: Registry;
}

export interface OutboxOptions {
  /** No other process performs from this outbox: what was in hand at a crash waits seconds, not for its lease to end. */
  readonly alone?: boolean;
}

/**
 * Performs waiting external effects and emits waiting events: retried with jitter, never doubled, dead letters kept. Each
 * target has a lane and a circuit breaker of its own, and what concerns one pull request keeps its order. Any number of
 * processes may perform from one outbox.
 */
export function createOutbox(parts: OutboxParts, { alone = false }: OutboxOptions = {}): Outbox {
  const { store, now, log } = parts;
  const plans = planLanes();
  const breakers = new Map(plans.map(({ name, breaker }) => [name, new CircuitBreaker(breaker)]));
  const observer = observe(parts, breakers);
  const lanes = plans.map(({ name, filter, concurrency }) => {
    const breaker = breakers.get(name) ?? new CircuitBreaker();
    const perform = (entry: OutboxEntry, signal: AbortSignal) => performEntry(parts, entry, signal);
    return new Lane({ name, filter, concurrency, breaker, outbox: store.outbox, perform, now, log, observer });
  });
  const poke = (): void => {
    for (const lane of lanes) lane.wake();
  };
  let timer: NodeJS.Timeout | undefined;
  return {
    name: 'outbox',
    async start() {
      if (alone) await store.outbox.releaseAll(new Date(now().getTime() + IN_FLIGHT_MS));
      for (const lane of lanes) lane.start();
      timer = setInterval(poke, POLL_MS);
    },
    poke,
    async stop() {
      clearInterval(timer);
      await Promise.all(lanes.map((lane) => lane.stop()));
    },
  };
}

function performEntry({ bus, commands }: OutboxParts, entry: OutboxEntry, signal: AbortSignal): Promise<unknown> {
  if (entry.command === EMIT_EVENT) return emitTold(bus, entry.input);
  const context = { caller: { kind: 'system', id: 'outbox' }, idempotencyKey: entry.key, signal } as const;
  return commands.executeUntyped(entry.command, entry.input, context);
}

function observe(parts: OutboxParts, breakers: ReadonlyMap<string, CircuitBreaker>): LaneObserver {
  const { store, now, log } = parts;
  const metrics = outboxMetrics(parts.metrics, store.outbox, breakers, now);
  const note = (what: string, work: Promise<void>): void => {
    work.catch((error: unknown) => log.warn({ err: error }, what));
  };
  return {
    done: ({ command }, waitedMs) => metrics.done(command, waitedMs),
    failed(entry, error, final) {
      metrics.failed(entry.command, final);
      // A refusal is in the audit already; one that was tried again and again is given up only here.
      if (final && error.retryable) note('a given up effect is not in the audit', recordGivenUp(store, entry, error));
    },
    circuitChanged(lane, error) {
      const breaker = breakers.get(lane);
      if (breaker === undefined) return;
      const { state } = breaker.state(now().getTime());
      log.warn({ target: lane, state, ...(error === undefined ? {} : { code: error.code }) }, 'circuit of a target');
      note('the state of a target was not written down', writeTarget(store.values, lane, breaker, error, now()));
    },
  };
}

function recordGivenUp({ audit }: Pick<Store, 'audit'>, entry: OutboxEntry, error: ContinuumError): Promise<void> {
  const detail = { key: entry.key, outcome: 'failed', code: toContinuumError(error).code };
  return audit.record({ actor: 'system:outbox', action: entry.command, subject: `outbox:${entry.id}`, detail });
}
