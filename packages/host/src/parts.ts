import { join } from 'node:path';
import type { CodeHost } from '@continuum/contract/ports/code-host';
import type { Journal } from '@continuum/contract/ports/journal';
import type { LanguageModel } from '@continuum/contract/ports/language-model';
import type { Store } from '@continuum/contract/ports/store';
import type { Tracker } from '@continuum/contract/ports/tracker';
import type { Logger } from 'pino';
import { openChatHistory, openChatHost } from './chat.ts';
import { openLayers, openTrainer } from './layers.ts';
import type { PartName, Parts } from './runtime.ts';
import type { Settings } from './settings.ts';

/** What parts are opened with that keep their own data, or none. */
export interface BareGround {
  readonly settings: Settings;
  readonly log: Logger;
  readonly now: () => Date;
}

/** What parts are opened with that look into the store. */
export interface Ground extends BareGround {
  readonly store: Store;
}

/** Notes that something has to be closed at the end. */
export type Keep = <T extends { close(): Promise<void> }>(part: T) => T;

type Opened = { -readonly [N in PartName]?: Parts[N] };

/** Opens the parts that are needed and need no store; nothing that is not needed: a process without personas loads no analyzers. */
export async function openOwnParts(ground: BareGround, needs: readonly PartName[], keep: Keep): Promise<Opened> {
  const wanted = new Set(needs);
  const opened: Opened = {};
  if (wanted.has('journal')) opened.journal = keep(await openJournalIn(ground));
  if (wanted.has('analyzers')) opened.analyzers = keep(await openAnalyzers());
  await openWithLayers(ground, wanted, opened, keep);
  return opened;
}

/** Opens the parts that are needed and need the store. */
export async function openPartsOverStore(ground: Ground, needs: readonly PartName[]): Promise<Opened> {
  const wanted = new Set(needs);
  const opened: Opened = {};
  if (wanted.has('chatHost')) opened.chatHost = await openChatHost(ground);
  if (wanted.has('codeHost')) opened.codeHost = await openCodeHost(ground);
  if (wanted.has('deliverySources')) opened.deliverySources = await openDeliverySources(ground);
  if (wanted.has('trackers')) opened.trackers = await openTrackers(ground);
  if (wanted.has('model')) opened.model = await openModel(ground);
  return opened;
}

/** All parts together. Throws where one is needed that nobody opens. */
export function joinParts<N extends PartName>(needs: readonly N[], ...opened: readonly Opened[]): Pick<Parts, N> {
  const all: Opened = Object.assign({}, ...opened);
  assertOpened(all, needs);
  return all;
}

const OF_LAYERS: readonly PartName[] = ['layerStore', 'policy', 'trainer', 'baseFolder'];

async function openWithLayers(
  { settings, log }: BareGround,
  wanted: ReadonlySet<PartName>,
  opened: Opened,
  keep: Keep,
): Promise<void> {
  if (!OF_LAYERS.some((name) => wanted.has(name))) return;
  const { layerStore, policy, baseFolder } = await openLayers(settings, log);
  Object.assign(opened, { layerStore, baseFolder, policy: keep(policy) });
  if (wanted.has('trainer')) opened.trainer = keep(await openTrainer(settings, policy.baseModel, layerStore));
}

function assertOpened<N extends PartName>(opened: Opened, needs: readonly N[]): asserts opened is Pick<Parts, N> {
  const missing = needs.filter((name) => !(name in opened));
  if (missing.length > 0) throw new Error(`nobody opens ${missing.join(', ')}`);
}

async function openJournalIn({ settings, now }: BareGround): Promise<Journal> {
  const { openJournal } = await import('@continuum/journal/journal');
  return openJournal({ folder: join(settings.home, 'journal'), diskReserveBytes: settings.diskReserveBytes, now });
}

async function openAnalyzers(): Promise<Parts['analyzers']> {
  const { createAnalyzerPool } = await import('@continuum/analyzers/pool/pool');
  return createAnalyzerPool({});
}

async function openCodeHost({ settings, log }: Ground): Promise<CodeHost | undefined> {
  const account = githubAccount(settings);
  if (account === undefined) return undefined;
  const { createGithubHost } = await import('@continuum/webhook-github/code-host');
  return createGithubHost({ ...account, log });
}

async function openDeliverySources(ground: Ground): Promise<Parts['deliverySources']> {
  return [...(await openGithubDeliveries(ground)), ...(await openChatHistory(ground))];
}

async function openGithubDeliveries({ settings, store, log }: Ground): Promise<Parts['deliverySources']> {
  const account = githubAccount(settings);
  if (account === undefined) return [];
  const { createGithubDeliveries } = await import('@continuum/webhook-github/deliveries');
  return [createGithubDeliveries({ ...account, log, repositories: () => knownRepositories(store, settings) })];
}

async function openTrackers({ settings: { trackers }, now }: Ground): Promise<Parts['trackers']> {
  const opened: Tracker[] = [];
  if (trackers.linear !== undefined) {
    const { createLinearTracker } = await import('@continuum/webhook-linear/tracker');
    opened.push(createLinearTracker({ ...trackers.linear, now }));
  }
  if (trackers.jira !== undefined) {
    const { createJiraTracker } = await import('@continuum/webhook-jira/tracker');
    opened.push(createJiraTracker({ ...trackers.jira, now }));
  }
  return opened;
}

/** How we sign in at GitHub; undefined where nobody set it. */
function githubAccount({ github: { apiUrl, token, app, throttle, timeoutMs } }: Settings) {
  if (token === undefined && app === undefined) return undefined;
  return {
    apiUrl,
    throttle,
    timeoutMs,
    ...(token === undefined ? {} : { token }),
    ...(app === undefined ? {} : { app }),
  };
}

/** Those that the settings name, and those whose pull requests were reviewed lately. */
async function knownRepositories({ reviews }: Store, { github }: Settings): Promise<string[]> {
  const reviewed = (await reviews.list({ limit: 1000 })).filter(({ pr }) => pr !== undefined);
  return [...new Set([...github.repositories, ...reviewed.map(({ repo }) => repo)])];
}

async function openModel({ settings, store, now, log }: Ground): Promise<LanguageModel | undefined> {
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
