import { join } from 'node:path';
import type { Readiness } from '@continuum/contract/http';
import { createGateway } from '@continuum/daemon-gateway/gateway';
import { createGenomeDaemon } from '@continuum/daemon-genome/daemon';
import { createIntake } from '@continuum/daemon-intake/intake';
import { createPersonaDaemon } from '@continuum/daemon-persona/daemon';
import { createTrainingDaemon } from '@continuum/daemon-training/daemon';
import { rangeChangeSet } from '@continuum/git/local-changes';
import { compose } from '@continuum/host/compose';
import { createOutbox } from '@continuum/host/outbox';
import type { Runtime } from '@continuum/host/runtime';
import type { Settings } from '@continuum/host/settings';
import { supervise } from '@continuum/host/supervise';
import { parsePatch } from '@continuum/review/patch';
import { observe } from './observe.ts';
import { retention } from './retention.ts';
import { welcome } from './welcome.ts';

export interface Continuum {
  /** Where the web room and the API answer. */
  readonly url: string;
  /** What a person who started it should read. */
  readonly welcome: string;
  readonly runtime: Runtime;
  /** Finishes work in flight, then closes everything. Idempotent. */
  stop(): Promise<void>;
}

/** All daemons in one process. `root` holds `recipes/` and `scopes/`. Resolves when the system is ready. */
export async function startContinuum(settings: Settings, root: string): Promise<Continuum> {
  const started = performance.now();
  const { runtime, close } = await compose(settings, root);
  const outbox = createOutbox(runtime, { alone: settings.databaseUrl === undefined });
  const intake = createIntake(runtime);
  const gateway = createGateway(runtime, {
    acceptDelivery: intake.accept,
    ready: () => readiness(runtime),
    localChangeSet: rangeChangeSet,
    parsePatch,
    staticFolder: join(root, 'packages', 'dashboard', 'dist'),
  });
  // Intake comes after those who handle its events, the gateway last: it opens the door.
  const daemons = [
    createGenomeDaemon(runtime),
    createTrainingDaemon(runtime),
    createPersonaDaemon(runtime),
    observe(runtime, outbox),
    outbox,
    retention(runtime),
    intake,
    gateway,
  ];
  const supervisor = supervise(daemons, runtime.log);
  const stop = async (): Promise<void> => {
    await supervisor.stop();
    await close();
  };
  try {
    await supervisor.start();
  } catch (error) {
    await close();
    throw error;
  }
  const { url } = gateway;
  return { url, runtime, stop, welcome: welcome(settings, url, performance.now() - started) };
}

async function readiness(runtime: Runtime): Promise<Readiness> {
  const store = await stateOf(runtime.store.ping());
  const bus = await stateOf(runtime.bus.backlog());
  return { ready: store === 'ok' && bus === 'ok', checks: { store, bus } };
}

/** `ok`, or what went wrong. */
function stateOf(check: Promise<unknown>): Promise<string> {
  return check.then(
    () => 'ok',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}
