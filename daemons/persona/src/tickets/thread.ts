import { createHash } from 'node:crypto';
import type { Message } from '@continuum/contract/room';
import type { Place, SourceName, Ticket, TicketSignal } from '@continuum/contract/source';
import { transactAndTell } from '@continuum/host/tell';
import { codeSpan, escapeLine, escapeText, link } from '@continuum/room/escape';
import { ticketThreadId } from '../identity.ts';
import { tellMessage } from '../rooms.ts';
import type { PersonaRuntime } from '../runtime.ts';
import { roomOf } from '../signals/places.ts';
import { authorName } from './trackers.ts';

/** Longest part of a description that a room shows, in characters. */
const MOST_DESCRIPTION = 2_000;

/** A ticket is the beginning of a thread, which shows it as its tracker has it now. Handled again, nothing changes. */
export async function takeTicket(
  runtime: PersonaRuntime,
  source: SourceName,
  { action, ticket, place, at }: TicketSignal,
): Promise<void> {
  const known = await runtime.store.rooms.message(ticketThreadId(source, ticket.key));
  if (known !== undefined) return rewrite(runtime, known, textOf(ticket, action), at);
  if (action !== 'removed') await begin(runtime, source, place, { text: textOf(ticket, action), at, url: ticket.url });
}

/** The thread of a ticket that was there before we were: it begins with what a comment says of it. */
export async function ensureTicketThread(
  runtime: PersonaRuntime,
  source: SourceName,
  place: Place,
  at: string,
): Promise<void> {
  if ((await runtime.store.rooms.message(ticketThreadId(source, place.id))) !== undefined) return;
  const title = place.title === undefined ? '' : ` ${escapeLine(place.title)}`;
  await begin(runtime, source, place, { text: `**${escapeLine(place.id)}**${title}`, at, url: undefined });
}

interface Beginning {
  readonly text: string;
  readonly at: string;
  readonly url: string | undefined;
}

async function begin(
  runtime: PersonaRuntime,
  source: SourceName,
  place: Place,
  { text, at, url }: Beginning,
): Promise<void> {
  const roomId = await roomOf(runtime.store, source, place, at);
  const message: Message = {
    ...{ id: ticketThreadId(source, place.id), roomId, threadId: null, replyTo: null, text, hop: 0, at },
    // Nobody said it to us: it is not answered, and teaches nothing.
    author: { kind: 'system', id: source, name: authorName(source) },
    source: { kind: source, place: place.id, ...(url === undefined ? {} : { url }) },
  };
  await transactAndTell(runtime, async (store, tell) => {
    await store.rooms.addMessage(message);
    await tellMessage(tell, message);
  });
}

async function rewrite(runtime: PersonaRuntime, known: Message, text: string, at: string): Promise<void> {
  if (known.text === text || (known.editedAt ?? known.at) > at) return;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 24);
  await transactAndTell(runtime, async (store, tell) => {
    await store.rooms.editMessage(known.id, text, at);
    await tellMessage(tell, known, `${at}:${hash}`);
  });
}

function textOf({ key, title, description, state, url }: Ticket, action: TicketSignal['action']): string {
  const name = `**${link(key, url)}** ${escapeLine(title)}`;
  if (action === 'removed') return `${name}\n\nRemoved.`;
  const words = description.trim().slice(0, MOST_DESCRIPTION);
  const cut = words.length < description.trim().length ? '…' : '';
  return [`${name} · ${codeSpan(state)}`, `${escapeText(words)}${cut}`].filter((part) => part !== '').join('\n\n');
}
