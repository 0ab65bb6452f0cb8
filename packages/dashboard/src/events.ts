import type { BroadcastPayload, EventPayload } from '@continuum/contract/event';
import { attempt, loadFindings, loadLayers, loadLearned, loadOperations, loadRoom, loadScopes } from './actions.ts';
import { api } from './api.ts';
import { route } from './route.ts';
import type { FeedItem } from './server-sent-events.ts';
import { drafts, jobs, mergeMessages, messages, replaceFinding, rooms, unread } from './state.ts';

/** Brings the page up to date with one live event: refetches what it names, nothing more. */
export function onEvent(event: FeedItem): void {
  if (event.name === 'room:draft') {
    onDraft(event.payload);
    return;
  }
  const named = fieldsOf(event.payload);
  if (event.name === 'room:message' && named.roomId !== undefined) onMessage(named.roomId);
  if (event.name === 'room:reaction' && named.messageId !== undefined) onReaction(named.messageId);
  if (event.name === 'finding:changed' && named.findingId !== undefined) onFinding(named.findingId);
  if (event.name === 'training:progress') onProgress(event.payload);
  refreshView(event.name);
}

function refreshView(name: string): void {
  const view = route.value;
  if (view.view === 'findings' && /^(review|finding):/.test(name)) soon('findings', () => loadFindings(view.filter));
  if (view.view === 'learned' && name.startsWith('learning:')) soon('learned', loadLearned);
  if (view.view === 'scopes' && name.startsWith('learning:')) soon('scopes', loadScopes);
  if (view.view === 'layers' && name === 'layer:changed') soon('layers', loadLayers);
  if (view.view === 'operations') soon('operations', loadOperations);
}

type Named = Partial<Record<'roomId' | 'messageId' | 'findingId', string>>;

function fieldsOf(payload: unknown): Named {
  if (typeof payload !== 'object' || payload === null) return {};
  return Object.fromEntries(Object.entries(payload).filter(([, value]) => typeof value === 'string'));
}

function onMessage(room: string): void {
  const current = route.value;
  if (!rooms.value?.some((known) => known.id === room)) soon('rooms', loadRooms);
  if (current.view === 'room' && current.id === room) soon(`room ${room}`, () => loadRoom(room));
  else unread.value = new Set(unread.value).add(room);
}

/** A persona that stopped in the middle leaves a draft that nobody finishes, in ms. */
const DRAFT_MS = 90_000;

function onDraft(draft: BroadcastPayload<'room:draft'>): void {
  drafts.value = new Map(drafts.value).set(draft.messageId, draft);
  setTimeout(() => forgetDraft(draft), DRAFT_MS);
}

/** Nothing happens when it has grown since. */
function forgetDraft(draft: BroadcastPayload<'room:draft'>): void {
  if (drafts.value.get(draft.messageId) !== draft) return;
  drafts.value = new Map([...drafts.value].filter(([id]) => id !== draft.messageId));
}

async function loadRooms(): Promise<void> {
  rooms.value = await api.rooms();
}

function onReaction(id: string): void {
  const shown = [...messages.value.values()].flat().find((message) => message.id === id);
  if (shown === undefined) return;
  soon(`message ${id}`, async () => mergeMessages(shown.roomId, await api.thread(id)));
}

function onFinding(id: string): void {
  const shown = [...messages.value.values()].flat().some((message) => message.finding?.id === id);
  if (shown) soon(`finding ${id}`, async () => replaceFinding(await api.finding(id)));
}

function onProgress(payload: unknown): void {
  if (!isProgress(payload)) return;
  jobs.value = new Map(jobs.value).set(payload.scope, payload);
  if (payload.state === 'done' && route.value.view === 'layers') soon('layers', loadLayers);
}

/** Our own server sent it: its shape is the contract's. */
function isProgress(payload: unknown): payload is EventPayload<'training:progress'> {
  return typeof payload === 'object' && payload !== null && 'scope' in payload && 'steps' in payload;
}

const waiting = new Set<string>();

/** A burst of events about one thing is one fetch. */
function soon(what: string, load: () => Promise<void>): void {
  if (waiting.has(what)) return;
  waiting.add(what);
  setTimeout(() => {
    waiting.delete(what);
    void attempt(load);
  }, 60);
}
