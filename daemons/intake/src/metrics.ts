import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const NAMES = {
  accepted: 'continuum_intake_accepted_total',
  refused: 'continuum_intake_refused_total',
  handedOn: 'continuum_intake_handed_on_total',
  undeliverable: 'continuum_intake_undeliverable_total',
  append: 'continuum_intake_append_seconds',
  queued: 'continuum_intake_queued_bytes',
  pending: 'continuum_intake_pending_bytes',
} as const;

/** What `/metrics` says of intake. */
export interface IntakeMetrics {
  readonly accepted: Counter<'result'>;
  readonly refused: Counter<'code'>;
  readonly handedOn: Counter;
  /** Kept in the journal, and nothing but a person can bring them further. */
  readonly undeliverable: Counter;
  readonly append: Histogram;
}

/** Registers the metrics of intake; the gauges ask for bytes that wait for the disk, and that wait to be handed on. */
export function intakeMetrics(
  registry: Registry,
  waiting: { readonly queuedBytes: () => number; readonly pendingBytes: () => number },
): IntakeMetrics {
  // An intake that starts again takes the place of the one before.
  for (const name of Object.values(NAMES)) registry.removeSingleMetric(name);
  const registers = [registry];
  gauge(registry, NAMES.queued, 'Bytes of deliveries waiting for the disk', waiting.queuedBytes);
  gauge(registry, NAMES.pending, 'Bytes in the journal that were not handed on yet', waiting.pendingBytes);
  return {
    accepted: new Counter({
      name: NAMES.accepted,
      help: 'Deliveries acknowledged, new or known already',
      labelNames: ['result'],
      registers,
    }),
    refused: new Counter({
      name: NAMES.refused,
      help: 'Deliveries refused, by code',
      labelNames: ['code'],
      registers,
    }),
    handedOn: new Counter({ name: NAMES.handedOn, help: 'Journal records handed on to the bus', registers }),
    undeliverable: new Counter({
      name: NAMES.undeliverable,
      help: 'Journal records that the bus will not take as they are; the log names them',
      registers,
    }),
    append: new Histogram({
      name: NAMES.append,
      help: 'Time until a delivery was on disk',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3],
      registers,
    }),
  };
}

function gauge(registry: Registry, name: string, help: string, value: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(value());
    },
  });
}
