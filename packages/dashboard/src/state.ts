import type { BroadcastPayload, EventPayload } from '@continuum/contract/event';
import type { Finding } from '@continuum/contract/finding';
import type {
  AuditState,
  AuditView,
  DeadLetterView,
  HeadlineMetrics,
  MessageView,
  OperationsView,
  RoomSummary,
} from '@continuum/contract/http';
import type { Layer } from '@continuum/contract/layer';
import type { Memory, TrainingExample } from '@continuum/contract/learning';
import type { PersonaDefinition, ScopeDefinition } from '@continuum/contract/persona';
import { computed, signal } from '@preact/signals';

/** Undefined means not loaded yet. */
export const rooms = signal<RoomSummary[] | undefined>(undefined);
export const personas = signal<PersonaDefinition[]>([]);
export const scopes = signal<ScopeDefinition[] | undefined>(undefined);
/** Messages by room, oldest first. */
export const messages = signal<ReadonlyMap<string, readonly MessageView[]>>(new Map());
/** Rooms whose first message we have. */
export const complete = signal<ReadonlySet<string>>(new Set());
/** Answers that are being written, by the id that they will have: shown until the finished one is there. */
export const drafts = signal<ReadonlyMap<string, BroadcastPayload<'room:draft'>>>(new Map());
export const unread = signal<ReadonlySet<string>>(new Set());
export const findings = signal<Finding[] | undefined>(undefined);
export const memories = signal<Memory[] | undefined>(undefined);
export const examples = signal<TrainingExample[] | undefined>(undefined);
export const layers = signal<Layer[] | undefined>(undefined);
/** The latest training job of each scope that we heard of. */
export const jobs = signal<ReadonlyMap<string, EventPayload<'training:progress'>>>(new Map());
export const metrics = signal<HeadlineMetrics[]>([]);

/** What the operations view shows, all of one moment. */
export interface Operations {
  readonly now: OperationsView;
  readonly letters: readonly DeadLetterView[];
  readonly audit: readonly AuditView[];
}
export const operations = signal<Operations | undefined>(undefined);
/** Why what is shown is not of now, if so. */
export const operationsError = signal<string | undefined>(undefined);
/** The state of the audit's chain when it was followed last. */
export const auditState = signal<AuditState | undefined>(undefined);

/** The last thing that went wrong or right, shown for some seconds. */
export interface Notice {
  readonly text: string;
  readonly tone: 'error' | 'good';
}
export const notice = signal<Notice | undefined>(undefined);

export const personaById = computed(() => new Map(personas.value.map((persona) => [String(persona.id), persona])));

/** What a room shows of answers that are being written, as messages of their own. */
export function draftsIn(room: string): MessageView[] {
  const known = new Set((messages.value.get(room) ?? []).map(({ id }) => String(id)));
  return [...drafts.value.values()]
    .filter(({ roomId, messageId }) => roomId === room && !known.has(messageId))
    .map(({ messageId: id, text, ...draft }) => ({
      ...draft,
      ...{ id, text: text === '' ? '…' : `${text} …`, source: { kind: 'system' }, hop: 1, reactions: [], links: [] },
    }));
}

/** Adds or replaces messages of a room by id and keeps them in order of time. */
export function mergeMessages(room: string, fresh: readonly MessageView[]): void {
  const byId = new Map((messages.value.get(room) ?? []).map((message) => [message.id, message]));
  for (const message of fresh) byId.set(message.id, message);
  // The sort is stable: messages of one moment, such as the findings of a review, stay in the server's order.
  const sorted = [...byId.values()].toSorted((a, b) => a.at.localeCompare(b.at));
  messages.value = new Map(messages.value).set(room, sorted);
}

/** Replaces a finding wherever it is shown. */
export function replaceFinding(fresh: Finding): void {
  if (findings.value?.some((finding) => finding.id === fresh.id)) {
    findings.value = findings.value.map((finding) => (finding.id === fresh.id ? fresh : finding));
  }
  for (const [room, list] of messages.value) {
    const touched = list.filter((message) => message.finding?.id === fresh.id);
    if (touched.length > 0)
      mergeMessages(
        room,
        touched.map((message) => ({ ...message, finding: fresh })),
      );
  }
}

/** A message with its answers; answers to an answer stand under it, one level deep. */
export interface Thread {
  readonly root: MessageView;
  readonly replies: readonly Thread[];
}

interface Growing extends Thread {
  readonly replies: Growing[];
}

/** Threads in order of their first message; an answer whose start is not loaded stands for itself. */
export function toThreads(list: readonly MessageView[]): Thread[] {
  const nodes = new Map<string, Growing>();
  /** Where answers to a message go: to a thread's answers, or under one of them. */
  const homes = new Map<string, Growing>();
  const top: Growing[] = [];
  // Starts first: a review and its findings are of one moment, and may come in any order.
  for (const message of list.toSorted((a, b) => Number(a.threadId !== null) - Number(b.threadId !== null))) {
    const node: Growing = { root: message, replies: [] };
    const thread = message.threadId === null ? undefined : nodes.get(message.threadId);
    const answered = message.replyTo === null ? undefined : homes.get(message.replyTo);
    const home = answered ?? thread;
    nodes.set(message.id, node);
    if (home === undefined) top.push(node);
    else home.replies.push(node);
    homes.set(message.id, home === undefined || home === thread ? node : home);
  }
  return top.toSorted((a, b) => a.root.at.localeCompare(b.root.at));
}

/** Messages that announce a finding: the first one that names it. Answers name it too, and show no card. */
export function announcements(list: readonly MessageView[]): ReadonlySet<string> {
  const first = new Map<string, string>();
  for (const message of list) {
    if (message.finding !== undefined && !first.has(message.finding.id)) first.set(message.finding.id, message.id);
  }
  return new Set(first.values());
}
