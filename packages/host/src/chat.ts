import type { ChatHost } from '@continuum/contract/ports/chat-host';
import type { DeliverySource } from '@continuum/contract/ports/delivery-source';
import type { Store } from '@continuum/contract/ports/store';
import type { KnownMessage } from '@continuum/webhook-slack/history';
import type { Core } from './runtime.ts';

type Ground = Pick<Core, 'settings' | 'store' | 'log'>;

/** Slack as our chat; undefined where no token is set. */
export async function openChatHost({ settings: { slack }, log }: Ground): Promise<ChatHost | undefined> {
  if (slack.botToken === undefined) return undefined;
  const { createSlackHost } = await import('@continuum/webhook-slack/chat-host');
  return createSlackHost({ apiUrl: slack.apiUrl, token: slack.botToken, log });
}

/** The history of the channels that show a room. */
export async function openChatHistory({ settings: { slack }, store, log }: Ground): Promise<DeliverySource[]> {
  if (slack.botToken === undefined) return [];
  const { createSlackHistory } = await import('@continuum/webhook-slack/history');
  return [
    createSlackHistory({
      apiUrl: slack.apiUrl,
      token: slack.botToken,
      log,
      channels: async () => {
        const views = await store.views.views();
        return views.flatMap(({ kind, place, at }) => (kind === 'slack' ? { id: place, since: new Date(at) } : []));
      },
      known: (externalId) => knownMessage(store, externalId),
    }),
  ];
}

async function knownMessage({ views, rooms }: Store, externalId: string): Promise<KnownMessage | undefined> {
  const message = await views.messageAt('slack', externalId);
  if (message === undefined) return undefined;
  const people = new Map((await views.people()).map(({ kind, externalId: id, person }) => [`${kind} ${person}`, id]));
  const given = await rooms.reactions([message.id]);
  const reactions = given.map(({ author, emoji }) => {
    const user = people.get(`slack ${author.id}`) ?? author.id.replace(/^slack:/, '');
    return `${emoji} ${user}`;
  });
  return { editedAt: message.editedAt, reactions: new Set(reactions) };
}
