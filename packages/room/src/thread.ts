import type { FindingId } from '@continuum/contract/ids';
import type { Message } from '@continuum/contract/room';

/**
 * The finding a message talks about: its own, else the one of the nearest message it answers, else the only one of its
 * thread. Undefined when the thread holds several and the message answers none of them.
 */
export function findingOf(message: Message, thread: readonly Message[]): FindingId | undefined {
  return findingIn(message, indexOf(thread), onlyFinding(thread));
}

/**
 * The messages of a thread, in their order, that talk about the same finding as the given one, or like it about none: all findings
 * of a pull request share a thread, and what is said of one answers nothing that was said of another.
 */
export function conversationOf(message: Message, thread: readonly Message[]): Message[] {
  const byId = indexOf(thread);
  const only = onlyFinding(thread);
  const about = findingIn(message, byId, only);
  return thread.filter((entry) => findingIn(entry, byId, only) === about);
}

type ById = ReadonlyMap<Message['id'], Message>;

function indexOf(thread: readonly Message[]): ById {
  return new Map(thread.map((entry) => [entry.id, entry]));
}

function findingIn(message: Message, byId: ById, only: FindingId | undefined): FindingId | undefined {
  return pathOf(message, byId).find(({ findingId }) => findingId !== undefined)?.findingId ?? only;
}

function onlyFinding(thread: readonly Message[]): FindingId | undefined {
  const all = new Set(thread.flatMap(({ findingId }) => (findingId === undefined ? [] : [findingId])));
  return all.size === 1 ? [...all][0] : undefined;
}

/** A message and what it answers, step by step, up to the start of its thread; a circle of replies ends the walk. */
export function ancestors(message: Message, thread: readonly Message[]): Message[] {
  return pathOf(message, indexOf(thread));
}

function pathOf(message: Message, byId: ById): Message[] {
  const path: Message[] = [];
  const seen = new Set<string>();
  let current: Message | undefined = message;
  while (current !== undefined && !seen.has(current.id)) {
    path.push(current);
    seen.add(current.id);
    const parent: Message['replyTo'] = current.replyTo ?? current.threadId;
    current = parent === null ? undefined : byId.get(parent);
  }
  return path;
}

/** The message that starts the thread a message belongs to. */
export function threadRoot(message: Message): Message['id'] {
  return message.threadId ?? message.id;
}
