import { createHash } from 'node:crypto';
import type { CommandContext, CommandOutput, CommandParsed } from '@continuum/contract/command';
import type { FindingStatus } from '@continuum/contract/finding';
import type { FindingId } from '@continuum/contract/ids';
import type { ChatHost } from '@continuum/contract/ports/chat-host';
import type { Store } from '@continuum/contract/ports/store';
import type { Message } from '@continuum/contract/room';
import type { PersonaRuntime } from '../runtime.ts';
import { homeSections } from './home.ts';
import { beginningAt, standingAt } from './threads.ts';

/** Longer than an effect is tried, in ms. */
const TRIED_MS = 7 * 24 * 3_600_000;

const STATUS: Readonly<Partial<Record<FindingStatus, string>>> = {
  confirmed: '✅ Confirmed by the team.',
  declined: '🚫 Declined by the team: it will not be raised here again.',
  addressed: '🔧 Addressed by a later push.',
  resolved: '✔️ Resolved.',
};

/** Handler of `slack/send`: posts once per key, and remembers where a message of a room stands. */
export async function sendSlack(
  { store, now }: PersonaRuntime,
  chatHost: ChatHost,
  input: CommandParsed<'slack/send'>,
  context: CommandContext,
): Promise<CommandOutput<'slack/send'>> {
  const key = context.idempotencyKey ?? keyOf(input);
  const triedAt = await beginTry(store, key, now());
  const message = input.messageId === undefined ? undefined : await store.rooms.message(input.messageId);
  const thread = input.thread === undefined ? undefined : await beginningAt(store, input.channel, input.thread);
  const shown = message === undefined ? { text: input.text } : await shownAs(store, message);
  const sent = await chatHost.post({
    key,
    channel: input.channel,
    author: input.author,
    ...shown,
    ...(triedAt === undefined ? {} : { triedAt }),
    ...(thread === undefined ? {} : { thread }),
    signal: context.signal,
  });
  if (message !== undefined) {
    const url = sent.url === undefined ? {} : { url: sent.url };
    await store.views.linkMessage({ messageId: message.id, kind: 'slack', externalId: sent.externalId, ...url });
  }
  return { externalId: sent.externalId };
}

/** When this was tried before, if it was: from now on whoever tries it again looks first. */
async function beginTry({ values }: Store, key: string, now: Date): Promise<Date | undefined> {
  const name = `slack:tried:${key}`;
  const before = await values.get(name);
  if (typeof before === 'string') return new Date(before);
  await values.set(name, now.toISOString(), new Date(now.getTime() + TRIED_MS));
  return undefined;
}

function keyOf({ channel, text, messageId }: CommandParsed<'slack/send'>): string {
  if (messageId !== undefined) return `slack/send:${messageId}:${channel}`;
  return `slack/send:${createHash('sha256').update(`${channel}\0${text}`).digest('hex').slice(0, 24)}`;
}

/** Handler of `slack/update`: the message as it stands in its room now, and what became of its finding. */
export async function updateSlack(
  { store }: PersonaRuntime,
  chatHost: ChatHost,
  { channel, messageId }: CommandParsed<'slack/update'>,
  context: CommandContext,
): Promise<CommandOutput<'slack/update'>> {
  const message = await store.rooms.message(messageId);
  const externalId = await standingAt(store, channel, message);
  if (message === undefined || externalId === undefined) return { updated: false };
  const key = context.idempotencyKey ?? `slack/update:${messageId}:${channel}`;
  const shown = await shownAs(store, message);
  await chatHost.update({ key, externalId, author: message.author.name, ...shown, signal: context.signal });
  return { updated: true };
}

interface Shown {
  readonly text: string;
  /** Set while people can still judge it. */
  readonly findingId?: FindingId;
}

async function shownAs(store: Store, { text, findingId }: Message): Promise<Shown> {
  if (text.trim() === '') return { text: '_(deleted)_' };
  const finding = findingId === undefined ? undefined : await store.reviews.finding(findingId);
  if (finding === undefined) return { text };
  const outcome = STATUS[finding.status];
  return outcome === undefined ? { text, findingId: finding.id } : { text: `${text}\n\n_${outcome}_` };
}

/** Handler of `slack/home`: what was learned lately, for somebody who opens the app. */
export async function showHome(
  { store }: PersonaRuntime,
  chatHost: ChatHost,
  { user }: CommandParsed<'slack/home'>,
  context: CommandContext,
): Promise<CommandOutput<'slack/home'>> {
  const sections = await homeSections(store);
  await chatHost.showHome({ user, sections, signal: context.signal });
  return { sections: sections.length };
}
