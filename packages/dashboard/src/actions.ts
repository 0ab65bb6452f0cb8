import type { Finding } from '@continuum/contract/finding';
import { signal } from '@preact/signals';
import type { FindingQuery } from './address.ts';
import { ApiError, api } from './api.ts';
import { route } from './route.ts';
import { Cancelled, needsToken, whoAmI } from './session.ts';
import {
  auditState,
  complete,
  examples,
  findings,
  layers,
  memories,
  mergeMessages,
  messages,
  metrics,
  notice,
  operations,
  operationsError,
  personas,
  replaceFinding,
  rooms,
  scopes,
  unread,
} from './state.ts';

const PAGE = 60;

/** Runs something that may fail and says so at the foot of the page; undefined when it did. */
export async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Cancelled) return undefined;
    const next = error instanceof ApiError && error.next !== undefined ? ` ${error.next}` : '';
    if (!needsToken.value) say(`${error instanceof Error ? error.message : String(error)}.${next}`, 'error');
    return undefined;
  }
}

let hide: ReturnType<typeof setTimeout> | undefined;

/** Shows a notice for some seconds. */
export function say(text: string, tone: 'error' | 'good'): void {
  clearTimeout(hide);
  notice.value = { text, tone };
  hide = setTimeout(() => {
    notice.value = undefined;
  }, 6000);
}

/** Loads what every view needs. */
export async function loadFrame(): Promise<void> {
  const [roomList, personaList] = await Promise.all([api.rooms(), api.personas()]);
  rooms.value = roomList;
  personas.value = personaList;
}

async function exists(room: string): Promise<boolean> {
  const known = () => rooms.value?.some(({ id }) => id === room) === true;
  if (!known()) rooms.value = await api.rooms();
  return known();
}

/** The newest page of a room; more on top of what is loaded. */
export async function loadRoom(room: string): Promise<void> {
  // A room comes into being with its first message.
  const page = (await exists(room)) ? await api.messages(room, { limit: PAGE }) : [];
  mergeMessages(room, page);
  if (page.length < PAGE) complete.value = new Set(complete.value).add(room);
  unread.value = new Set([...unread.value].filter((id) => id !== room));
}

/** The page in front of the oldest loaded message. */
export async function loadOlder(room: string): Promise<void> {
  const oldest = messages.value.get(room)?.[0];
  if (oldest === undefined) return;
  const page = await api.messages(room, { before: oldest.id, limit: PAGE });
  mergeMessages(room, page);
  if (page.length < PAGE) complete.value = new Set(complete.value).add(room);
}

export async function loadFindings({ repo, pr, status }: FindingQuery): Promise<void> {
  findings.value = await api.findings({ repo, pr, status, limit: 200 });
}

export async function loadLearned(): Promise<void> {
  const [memoryList, exampleList, metricList] = await Promise.all([api.memories(), api.examples(), api.metrics()]);
  memories.value = memoryList;
  examples.value = exampleList;
  metrics.value = metricList;
}

export async function loadScopes(): Promise<void> {
  const [scopeList, memoryList] = await Promise.all([api.scopes(), api.memories()]);
  scopes.value = scopeList;
  memories.value = memoryList;
}

export async function loadLayers(): Promise<void> {
  const [layerList, scopeList] = await Promise.all([api.layers(), api.scopes()]);
  layers.value = layerList;
  scopes.value = scopeList;
}

/** All of it anew; what failed is said in the view, which goes on showing what it had. */
export async function loadOperations(): Promise<void> {
  try {
    const [now, letters, audit] = await Promise.all([api.operations(), api.deadLetters(), api.audit()]);
    operations.value = { now, letters, audit };
    operationsError.value = undefined;
  } catch (error) {
    operationsError.value = error instanceof Error ? error.message : String(error);
  }
}

/** Follows the whole chain: not at every look. */
export async function loadAuditState(): Promise<void> {
  auditState.value = await api.verifyAudit();
}

/** Loads what the current route shows. */
export async function loadView(): Promise<void> {
  const current = route.value;
  if (current.view === 'room') await loadRoom(current.id);
  if (current.view === 'findings') await loadFindings(current.filter);
  if (current.view === 'learned') await loadLearned();
  if (current.view === 'scopes') await loadScopes();
  if (current.view === 'layers') await loadLayers();
  if (current.view === 'operations') await Promise.all([loadOperations(), loadAuditState()]);
}

/** Says something, as an answer when `replyTo` is given. */
export async function send(room: string, text: string, replyTo?: string): Promise<void> {
  const author = await whoAmI();
  await api.say(room, { author, text, ...(replyTo === undefined ? {} : { replyTo }) });
  await loadRoom(room);
}

export async function react(message: { readonly id: string; readonly roomId: string }, emoji: string): Promise<void> {
  await api.react(message.id, { author: await whoAmI(), emoji });
  mergeMessages(message.roomId, await api.thread(message.id));
}

const LEARNED = {
  active: 'Learned. Similar findings are judged with this from now on.',
  quarantined: 'Noted. It counts once somebody with write permission approves it under Learned.',
  nothing: 'Noted, thank you.',
};

/** What I said of a finding in this visit: `up`, `down` or `wrong`. */
export const myVerdicts = signal<ReadonlyMap<string, string>>(new Map());

export async function giveThumb(finding: Finding, value: 'up' | 'down'): Promise<void> {
  await giveFeedback(finding, { kind: 'thumbs', value });
}

/** "This is wrong, because": the correction that everybody learns from. */
export async function correct(finding: Finding, reason: string): Promise<void> {
  await giveFeedback(finding, { kind: 'correction', value: 'wrong', reason });
}

async function giveFeedback(
  finding: Finding,
  verdict: { readonly kind: 'thumbs' | 'correction'; readonly value: string; readonly reason?: string },
): Promise<void> {
  const given = await api.feedback({ findingId: finding.id, author: await whoAmI(), ...verdict });
  myVerdicts.value = new Map(myVerdicts.value).set(finding.id, verdict.value);
  say(LEARNED[given.learned], 'good');
  replaceFinding(await api.finding(finding.id));
}
