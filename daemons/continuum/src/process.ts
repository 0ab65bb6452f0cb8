import { createDoor, type Door } from '@continuum/daemon-gateway/door';
import type { Gateway } from '@continuum/daemon-gateway/gateway';
import type { Composition } from '@continuum/host/compose';
import { isShared } from '@continuum/host/lease';
import { beAlone, join, type Presence } from '@continuum/host/presence';
import type { Core } from '@continuum/host/runtime';
import type { Settings } from '@continuum/host/settings';
import { type Supervisor, supervise } from '@continuum/host/supervise';
import { within } from '@continuum/host/within';
import { type DaemonKind, type Manned, PROCESSES } from './kinds.ts';
import { type Phase, readiness } from './readiness.ts';

/** Adapters that do not close in this time after the work has ended are left as they are, in ms. */
const CLOSE_MS = 5_000;

/** One process of the system, ready for its work. */
export interface RunningProcess {
  readonly url: string;
  readonly runtime: Core;
  /** Says why the process has to end though nobody asked it to. */
  readonly failed: AbortSignal;
  /**
   * Not ready from now on; what came in is finished within the drain time of the settings, what is not is left for others;
   * then everything is closed. Idempotent.
   */
  stop(): Promise<void>;
}

/**
 * Composes and starts a process of this kind. Its health answers as soon as it listens; the rest is refused until it is
 * ready. Throws what its parts and daemons throw, and then nothing is left open.
 */
export async function startProcess(
  kind: DaemonKind | 'continuum',
  settings: Settings,
  root: string,
): Promise<RunningProcess> {
  const manned = await PROCESSES[kind](settings, root);
  const { composition } = manned;
  try {
    const presence = await appear(composition.runtime, kind);
    return await new Life(manned, presence).start();
  } catch (error) {
    await composition.close();
    throw error;
  }
}

/** Where nobody else can get at the store there is nobody to show oneself to. */
async function appear(runtime: Core, kind: string): Promise<Presence> {
  if (!isShared(runtime.settings)) return { lost: new AbortController().signal, leave: async () => {} };
  return runtime.settings.nats === undefined ? beAlone(runtime) : join(runtime, kind);
}

class Life implements RunningProcess {
  readonly runtime: Core;
  readonly failed: AbortSignal;
  readonly #composition: Composition<never>;
  readonly #presence: Presence;
  readonly #door: Door = createDoor();
  readonly #gateway: Gateway;
  readonly #supervisor: Supervisor;
  #phase: Phase = 'starting';
  #stopping: Promise<void> | undefined;

  constructor({ composition, staff, createGateway }: Manned, presence: Presence) {
    const { runtime } = composition;
    this.runtime = runtime;
    this.failed = AbortSignal.any([presence.lost, runtime.store.lost]);
    this.#composition = composition;
    this.#presence = presence;
    const checks = {
      store: () => runtime.store.ping(),
      bus: () => composition.checkBus(),
      ...staff.checks,
    };
    this.#gateway = createGateway(runtime, {
      ...staff.http,
      ready: () => readiness(this.#phase, checks),
      door: this.#door,
    });
    // First up and last down: whoever asks hears how the process is.
    this.#supervisor = supervise([this.#gateway, ...staff.daemons], runtime.log);
  }

  get url(): string {
    return this.#gateway.url;
  }

  async start(): Promise<this> {
    try {
      await this.#supervisor.start();
      await this.#composition.serve();
    } catch (error) {
      await this.#supervisor.stop();
      await this.#presence.leave();
      throw error;
    }
    this.#phase = 'up';
    this.#door.open();
    return this;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const { log, settings } = this.runtime;
    const until = performance.now() + settings.drainMs;
    const left = (): number => Math.max(0, until - performance.now());
    this.#phase = 'stopping';
    log.info('stops: what is in hand is finished');
    const tell = (error: unknown): void => log.warn({ err: error }, 'work in hand is left to others');
    await within(left(), this.#door.shut(), 'deliveries that came in').catch(tell);
    // At once: a command that waits for something ends when its daemon stops.
    const unserving = within(left(), this.#composition.unserve(), 'commands of other processes').catch(tell);
    await Promise.all([unserving, this.#supervisor.stop(left())]);
    await within(CLOSE_MS, this.#presence.leave(), 'the lease to be given back').catch(tell);
    await within(CLOSE_MS, this.#composition.close(), 'everything to be closed').catch(tell);
  }
}
