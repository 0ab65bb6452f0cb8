import type { ChatHost } from '@continuum/contract/ports/chat-host';
import type { Store } from '@continuum/contract/ports/store';
import type { Signal } from '@continuum/contract/source';

const MENTIONED = /@([UW][A-Z0-9]{4,20})\b/g;
const MOST_MENTIONED = 20;

/**
 * Signals carry ids where people read names: names of people and of a channel that is new, and the address of a message. What
 * Slack does not tell now stays an id, for an event must not wait for it.
 */
export async function named(chatHost: ChatHost, store: Store, signal: Signal): Promise<Signal> {
  const name = async (id: string): Promise<string | undefined> => (await quietly(chatHost.profile(id)))?.name;
  const { place, author } = signal;
  const isKnown = place.title !== undefined || (await store.views.viewAt('slack', place.id)) !== undefined;
  const title = isKnown ? undefined : await quietly(chatHost.placeName(place.id));
  const said = {
    place: title === undefined ? place : { ...place, title },
    author: { ...author, name: (author.kind === 'person' ? await name(author.id) : undefined) ?? author.name },
  };
  if (signal.kind !== 'message') return { ...signal, ...said };
  const url = await quietly(chatHost.urlOf(signal.externalId, signal.replyTo));
  const text = await withNames(signal.text, name);
  return { ...signal, ...said, text, ...(url === undefined ? {} : { url }) };
}

async function withNames(text: string, nameOf: (id: string) => Promise<string | undefined>): Promise<string> {
  const ids = [...new Set([...text.matchAll(MENTIONED)].map(([, id = '']) => id))].slice(0, MOST_MENTIONED);
  const names = new Map<string, string>();
  for (const id of ids) {
    const name = await nameOf(id);
    if (name !== undefined) names.set(id, name);
  }
  return text.replaceAll(MENTIONED, (whole, id: string) => (names.has(id) ? `@${names.get(id)}` : whole));
}

function quietly<T>(asked: Promise<T>): Promise<T | undefined> {
  return asked.catch(() => undefined);
}
