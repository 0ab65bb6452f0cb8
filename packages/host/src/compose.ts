import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CodeHost } from '@continuum/contract/ports/code-host';
import type { LanguageModel } from '@continuum/contract/ports/language-model';
import type { Store } from '@continuum/contract/ports/store';
import type { Logger } from 'pino';
import { createCommands } from './commands.ts';
import { loadDefinitions } from './definitions.ts';
import { openLayers } from './layers.ts';
import { createLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import type { Runtime } from './runtime.ts';
import type { Settings } from './settings.ts';

export interface Composition {
  readonly runtime: Runtime;
  /** Closes what was opened, last opened first. Idempotent. */
  close(): Promise<void>;
}

/** The one place where ports meet adapters: what the settings name is loaded, nothing else is. */
export async function compose(
  settings: Settings,
  root: string,
  now: () => Date = () => new Date(),
): Promise<Composition> {
  const log = createLog(settings.logLevel);
  const opened: Array<() => Promise<void>> = [];
  const keep = <T extends { close(): Promise<void> }>(part: T): T => {
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
    const store = keep(await openStore(settings, now));
    const journal = keep(await openJournalIn(settings, now));
    const { createEmbeddedBus } = await import('@continuum/bus/embedded');
    const bus = keep(createEmbeddedBus({ stream: store.stream, now, log }));
    const { createAnalyzerPool } = await import('@continuum/analyzers/pool/pool');
    const analyzers = keep(createAnalyzerPool({}));
    const layers = await openLayers(settings, log);
    keep(layers.policy);
    keep(layers.trainer);
    const commands = createCommands(store);
    const definitions = await loadDefinitions(root, settings.home);
    const runtime: Runtime = {
      ...{ settings, log, now, store, journal, bus, analyzers, commands },
      ...definitions,
      ...layers,
      metrics: createMetrics(),
      codeHost: await openCodeHost(settings, log),
      model: await openModel(settings, store, now, log),
    };
    return { runtime, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openStore(settings: Settings, now: () => Date): Promise<Store> {
  if (settings.databaseUrl !== undefined) {
    const { openPostgresStore } = await import('@continuum/store/postgres');
    return openPostgresStore({ url: settings.databaseUrl, now });
  }
  const { openPgliteStore } = await import('@continuum/store/pglite');
  return openPgliteStore({ folder: join(settings.home, 'store'), now });
}

async function openJournalIn(settings: Settings, now: () => Date): Promise<Runtime['journal']> {
  const { openJournal } = await import('@continuum/journal/journal');
  return openJournal({ folder: join(settings.home, 'journal'), now });
}

async function openCodeHost(settings: Settings, log: Logger): Promise<CodeHost | undefined> {
  const { apiUrl, token, app } = settings.github;
  if (token === undefined && app === undefined) return undefined;
  const { createGithubHost } = await import('@continuum/webhook-github/code-host');
  return createGithubHost({
    apiUrl,
    ...(token === undefined ? {} : { token }),
    ...(app === undefined ? {} : { app }),
    log,
  });
}

async function openModel(
  settings: Settings,
  store: Store,
  now: () => Date,
  log: Logger,
): Promise<LanguageModel | undefined> {
  if (settings.openai === undefined) return undefined;
  const { createOpenAiModel } = await import('@continuum/models/openai');
  const { apiKey, baseUrl, model } = settings.openai;
  return createOpenAiModel({
    apiKey,
    model,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    cache: store.values,
    budget: {},
    now,
    log,
  });
}
