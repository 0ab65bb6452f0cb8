import type { Finding } from '@continuum/contract/finding';
import type { MessageView } from '@continuum/contract/http';
import type { Store } from '@continuum/contract/ports/store';
import type { Message } from '@continuum/contract/room';
import { defined } from './answers.ts';

/** Messages as people see them, in the same order: each with its reactions, where else it stands, and the finding it announces. */
export async function toMessageViews(store: Store, messages: readonly Message[]): Promise<MessageView[]> {
  const ids = messages.map(({ id }) => id);
  const [reactions, links, findings] = await Promise.all([
    store.rooms.reactions(ids),
    store.views.linksOf(ids),
    findingsOf(store, messages),
  ]);
  return messages.map((message) => ({
    ...message,
    reactions: reactions
      .filter((reaction) => reaction.messageId === message.id)
      .map(({ author, emoji, at }) => ({ author, emoji, at })),
    links: links
      .filter((link) => link.messageId === message.id)
      .map(({ kind, url }) => ({ kind, ...defined({ url }) })),
    ...defined({ finding: message.findingId === undefined ? undefined : findings.get(message.findingId) }),
  }));
}

async function findingsOf(store: Store, messages: readonly Message[]): Promise<Map<string, Finding>> {
  // Answers in a thread carry the finding's id too; only the message that announces it shows the card.
  const ids = new Set(messages.flatMap((message) => message.findingId ?? []));
  const found = await Promise.all([...ids].map((id) => store.reviews.finding(id)));
  return new Map(found.flatMap((finding) => (finding === undefined ? [] : [[finding.id, finding]])));
}
