import { setTimeout as wait } from 'node:timers/promises';
import type { CommandOutput, CommandParsed } from '@continuum/contract/command';
import { ContinuumError, toContinuumError } from '@continuum/contract/errors';
import type { DeliverySource } from '@continuum/contract/ports/delivery-source';
import { exclusively } from '@continuum/host/exclusive';
import { type Leading, leading } from '@continuum/host/leader';
import type { Core, Daemon, Parts } from '@continuum/host/runtime';
import type { Intake } from './intake.ts';
import { catchUp, type Reconciled, startOf } from './reconcile/catch-up.ts';

/** What reconciling needs of the runtime. */
export type ReconcileRuntime = Pick<Core, 'settings' | 'store' | 'now' | 'log' | 'commands'> &
  Pick<Parts, 'deliverySources'>;

const HOUR_MS = 3_600_000;
/** After a failure that passes and does not say when. */
const PAUSE_MS = 60_000;

/**
 * Makes good what senders could not deliver: at the start and every hour by itself, one process for all, and when somebody
 * asks for it. What is found takes intake's own way, which knows what came before: each delivery is handed on once,
 * whatever is killed, redelivered or reconciled twice.
 */
export function createReconcile(runtime: ReconcileRuntime, intake: Pick<Intake, 'takeIn'>): Daemon {
  const turns = new Map<string, Promise<unknown>>();
  const run = (source: DeliverySource, since?: Date, signal?: AbortSignal): Promise<Reconciled> => {
    // Within the process one after the other, among processes by a lease.
    const before = turns.get(source.source) ?? Promise.resolve();
    const turn = before
      .catch(() => undefined)
      .then(() =>
        exclusively(
          runtime,
          `reconcile:${source.source}`,
          (lost) => catchUp(runtime, intake, source, since, either(lost, signal)),
          signal,
        ),
      );
    turns.set(source.source, turn);
    return turn;
  };
  const stopping = new AbortController();
  let tasks: Leading[] = [];
  return {
    name: 'reconcile',
    async start() {
      runtime.commands.register('deliveries/reconcile', (input, context) =>
        onDemand(runtime, run, input, either(stopping.signal, context.signal)),
      );
      tasks = runtime.deliverySources.map((source) =>
        leading(runtime, `reconcile:${source.source}`, (signal) => everyHour(runtime, run, source, signal)),
      );
    },
    async stop() {
      stopping.abort(new ContinuumError('ABORTED', 'the process stops; what is left is taken in after the start'));
      await Promise.all([
        ...tasks.map((task) => task.stop()),
        ...[...turns.values()].map((turn) => turn.catch(() => {})),
      ]);
    },
  };
}

/** What it takes to ask a source. */
const CONNECT: Readonly<Record<string, string>> = {
  github: 'Set GITHUB_TOKEN, or GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY, and start again.',
  slack: 'Set SLACK_BOT_TOKEN and start again.',
};

type Run = (source: DeliverySource, since?: Date, signal?: AbortSignal) => Promise<Reconciled>;

/** Throws NOT_FOUND for a source that cannot be asked, and what the source and the journal throw. */
async function onDemand(
  runtime: ReconcileRuntime,
  run: Run,
  { source: name, since }: CommandParsed<'deliveries/reconcile'>,
  signal: AbortSignal,
): Promise<CommandOutput<'deliveries/reconcile'>> {
  const source = runtime.deliverySources.find((each) => each.source === name);
  if (source === undefined) {
    throw new ContinuumError('NOT_FOUND', `${name} cannot be asked what it could not deliver`, {
      next: CONNECT[name] ?? `Sources that can be asked: ${Object.keys(CONNECT).join(', ')}.`,
    });
  }
  const from = since === undefined ? undefined : startOf(new Date(since), runtime.now());
  const done = await run(source, from, signal);
  return { source: name, since: done.since.toISOString(), until: done.until.toISOString(), ...done.counts };
}

async function everyHour(
  runtime: ReconcileRuntime,
  run: Run,
  source: DeliverySource,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const pause = await run(source, undefined, signal).then(
      ({ counts }) => {
        if (counts.missed > 0)
          runtime.log.info({ source: source.source, ...counts }, 'missed deliveries were made good');
        return HOUR_MS;
      },
      (thrown: unknown) => pauseAfter(runtime, source.source, thrown, signal),
    );
    await wait(pause, undefined, { signal }).catch(() => undefined);
  }
}

function pauseAfter({ log }: ReconcileRuntime, source: string, thrown: unknown, signal: AbortSignal): number {
  const error = toContinuumError(thrown);
  if (signal.aborted) return 0;
  log.warn({ source, code: error.code, next: error.next }, `missed deliveries cannot be asked for: ${error.message}`);
  return error.retryable ? Math.max(1_000, error.retryAfterMs ?? PAUSE_MS) : HOUR_MS;
}

function either(one: AbortSignal, other: AbortSignal | undefined): AbortSignal {
  return other === undefined ? one : AbortSignal.any([one, other]);
}
