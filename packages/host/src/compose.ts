import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Store } from '@continuum/contract/ports/store';
import { assertFinished } from './backup/unfinished.ts';
import { openBus } from './bus.ts';
import { createCommands } from './commands.ts';
import { loadDefinitions } from './definitions.ts';
import { createLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import { joinParts, type Keep, openOwnParts, openPartsOverStore } from './parts.ts';
import type { Core, PartName, Parts } from './runtime.ts';
import type { Settings } from './settings.ts';

/** Every part, for a process that runs all daemons. */
export const ALL_PARTS = [
  'journal',
  'analyzers',
  'chatHost',
  'codeHost',
  'deliverySources',
  'trackers',
  'model',
  'layerStore',
  'policy',
  'trainer',
  'baseFolder',
] as const satisfies readonly PartName[];

export interface Composition<N extends PartName> {
  readonly runtime: Core & Pick<Parts, N>;
  /** Throws while events cannot be taken. */
  checkBus(): Promise<void>;
  /** From now on answers other processes with the commands that are registered here. Nothing happens without NATS. */
  serve(): Promise<void>;
  /** Takes no more commands of other processes and waits for those that run. Idempotent. */
  unserve(): Promise<void>;
  /** Closes what was opened, last opened first. Idempotent. */
  close(): Promise<void>;
}

export interface ComposeOptions {
  readonly now?: () => Date;
  /** Called while the store is being opened, which takes a while: the time to load code. */
  readonly meanwhile?: () => void;
}

/** The one place where ports meet adapters: what settings name and daemons need is loaded, nothing else is. */
export async function compose<N extends PartName>(
  settings: Settings,
  root: string,
  needs: readonly N[],
  { now = () => new Date(), meanwhile = () => undefined }: ComposeOptions = {},
): Promise<Composition<N>> {
  const log = createLog(settings.logLevel);
  const opened: Array<() => Promise<void>> = [];
  const keep: Keep = (part) => {
    opened.unshift(() => part.close());
    return part;
  };
  const close = async (): Promise<void> => {
    const failures: unknown[] = [];
    // One that does not close keeps the others neither open nor locked.
    for (const each of opened.splice(0)) await each().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  };
  try {
    await mkdir(settings.home, { recursive: true });
    await assertFinished(settings.home);
    const opening = openStore(settings, now, meanwhile).then(keep);
    // Beside the store, which takes longest; where one of them fails the others are waited for, and closed.
    const beside = openOwnParts({ settings, log, now }, needs, keep);
    await Promise.allSettled([opening, beside]);
    const store = await opening;
    const own = await beside;
    const definitions = await loadDefinitions(root, settings.definitions);
    const { bus, transport, check } = await openBus({ settings, store, log, now }, keep);
    const commands = createCommands(store, transport);
    const core: Core = { settings, log, now, store, bus, commands, ...definitions, metrics: createMetrics() };
    const overStore = await openPartsOverStore({ settings, store, log, now }, needs);
    const parts = joinParts(needs, own, overStore);
    // Who serves nothing still asks others until the end.
    const unserve = async (): Promise<void> => {
      if (commands.serves) await transport?.close();
    };
    return { runtime: { ...core, ...parts }, checkBus: check, serve: () => commands.serve(), unserve, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openStore(settings: Settings, now: () => Date, meanwhile: () => void): Promise<Store> {
  if (settings.databaseUrl === undefined) {
    const { openPgliteStore } = await import('@continuum/store/pglite');
    return openPgliteStore({ folder: join(settings.home, 'store'), now, whileOpening: meanwhile });
  }
  const { openPostgresStore } = await import('@continuum/store/postgres');
  const opening = openPostgresStore({ url: settings.databaseUrl, poolSize: settings.databasePool, now });
  meanwhile();
  return opening;
}
