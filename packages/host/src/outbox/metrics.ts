import type { OutboxStore } from '@continuum/contract/ports/store';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { CircuitBreaker } from './breaker.ts';

const STATES = { closed: 0, 'half-open': 1, open: 2 } as const;

export interface OutboxMetrics {
  done(command: string, waitedMs: number): void;
  failed(command: string, final: boolean): void;
}

/** Gauges, counters and the latency of external effects for `/metrics`. */
export function outboxMetrics(
  metrics: Registry,
  outbox: OutboxStore,
  breakers: ReadonlyMap<string, CircuitBreaker>,
  now: () => Date,
): OutboxMetrics {
  const registers = [metrics];
  new Gauge({
    name: 'continuum_outbox_entries',
    help: 'External effects and events in the outbox by state',
    labelNames: ['state'],
    registers,
    async collect() {
      for (const [state, count] of Object.entries(await outbox.counts())) this.set({ state }, count);
    },
  });
  new Gauge({
    name: 'continuum_outbox_breaker_state',
    help: 'Circuit of a target: 0 closed, 1 half-open, 2 open',
    labelNames: ['target'],
    registers,
    collect() {
      for (const [target, breaker] of breakers) this.set({ target }, STATES[breaker.state(now().getTime()).state]);
    },
  });
  const latency = new Histogram({
    name: 'continuum_outbox_latency_seconds',
    help: 'From the decision to the effect',
    labelNames: ['command'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600],
    registers,
  });
  const failures = new Counter({
    name: 'continuum_outbox_failures_total',
    help: 'Attempts that failed: those tried again, and those given up',
    labelNames: ['command', 'final'],
    registers,
  });
  return {
    done: (command, waitedMs) => latency.observe({ command }, waitedMs / 1000),
    failed: (command, final) => failures.inc({ command, final: String(final) }),
  };
}
