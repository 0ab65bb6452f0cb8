import { listen } from '@continuum/host/listen';
import type { Outbox } from '@continuum/host/outbox';
import type { Core, Daemon } from '@continuum/host/runtime';
import { Counter, Gauge, Histogram } from 'prom-client';

/** Counts what passes on the bus for `/metrics`: in one place, where several would count everything several times. */
export function countEvents(runtime: Core): Daemon {
  const registers = [runtime.metrics];
  const events = new Counter({
    name: 'continuum_events_total',
    help: 'Events by name',
    labelNames: ['name'],
    registers,
  });
  const findings = new Counter({
    name: 'continuum_findings_total',
    help: 'Findings by outcome',
    labelNames: ['outcome'],
    registers,
  });
  const reviewMs = new Histogram({
    name: 'continuum_review_duration_seconds',
    help: 'From change set to decision',
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  new Gauge({
    name: 'continuum_outbox_pending',
    help: 'External effects waiting',
    registers,
    async collect() {
      this.set(await runtime.store.outbox.pending());
    },
  });
  return listen('observe', () =>
    Promise.all([
      runtime.bus.subscribe('**', async (event) => events.inc({ name: event.name })),
      runtime.bus.subscribe('review:completed', async ({ payload }) => {
        findings.inc({ outcome: 'posted' }, payload.posted);
        findings.inc({ outcome: 'withheld' }, payload.withheld);
        reviewMs.observe(payload.ms / 1000);
      }),
    ]),
  );
}

/** Wakes the outbox when a review has something to say. */
export function wakeOutbox({ bus }: Pick<Core, 'bus'>, outbox: Outbox): Daemon {
  return listen('outbox-waker', async () => [await bus.subscribe('review:completed', async () => outbox.poke())]);
}
