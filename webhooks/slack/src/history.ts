import type { DeliverySource, MissedDelivery } from '@continuum/contract/ports/delivery-source';
import type { WebClient } from '@slack/web-api';
import { z } from 'zod';
import { type ClientOptions, createClient, type HostLog, within } from './client.ts';
import { guarded, isRefusal } from './failures.ts';
import { externalIdOf, Said, toIso, toTs } from './payload.ts';

/** What is known of a message by its external id. */
export interface KnownMessage {
  /** ISO 8601, of its newest edit. */
  readonly editedAt?: string | undefined;
  /** Emoji and user id of each reaction, `thumbsup U024BE7LH`. */
  readonly reactions: ReadonlySet<string>;
}

export interface SlackHistoryOptions extends ClientOptions {
  /** Channels that show a room, and since when: what was said there before is not ours. */
  readonly channels: () => Promise<readonly { readonly id: string; readonly since: Date }[]>;
  /** Undefined for a message that never came. */
  readonly known: (externalId: string) => Promise<KnownMessage | undefined>;
  readonly log?: HostLog | undefined;
}

/** Answers come to threads that began days before the outage. */
const THREADS_MS = 7 * 24 * 3_600_000;
const PAGE = 200;

const Listed = Said.extend({
  latest_reply: z.string().optional(),
  reactions: z.array(z.object({ name: z.string(), users: z.array(z.string()).default([]) })).default([]),
});
type Listed = z.infer<typeof Listed>;

/** Who we are: what we said is no delivery. */
interface Self {
  readonly user: string | undefined;
  readonly bot: string | undefined;
}

/**
 * What was said in the channels that show a room and never reached us, by their history: Slack gives a delivery up after three
 * tries. Messages, edits and reactions of people come as the events they would have been; one that is known already is left out.
 * Deletions and reactions taken back leave no trace in a history. Throws CHAT_UNAVAILABLE (retryable) and CHAT_REJECTED.
 */
export function createSlackHistory(options: SlackHistoryOptions): DeliverySource {
  const client = createClient(options);
  return {
    source: 'slack',
    async *missed(since, until, signal) {
      const inReach = <T>(work: () => Promise<T>): Promise<T> => guarded(() => within(signal, work));
      const self = await inReach(() => whoAmI(client));
      const missed: MissedDelivery[] = [];
      for (const { id: channel, since: shown } of await options.channels()) {
        const from = new Date(Math.max(shown.getTime(), since.getTime()));
        const said = await inReach(() => saidIn(client, channel, from, until, options.log));
        for (const message of said) {
          const unknown = await unknownOf(options, self, { channel, since: from }, message);
          missed.push(...unknown.filter(({ at }) => at >= from.toISOString() && at <= until.toISOString()));
        }
      }
      yield* missed.sort((a, b) => a.at.localeCompare(b.at));
    },
  };
}

async function whoAmI(client: WebClient): Promise<Self> {
  const { user_id: user, bot_id: bot } = await client.auth.test();
  return { user, bot };
}

/** Messages of a channel and of the threads that were answered since; none of a channel that we cannot see. */
async function saidIn(
  client: WebClient,
  channel: string,
  since: Date,
  until: Date,
  log: HostLog | undefined,
): Promise<Listed[]> {
  const latest = toTs(until);
  const from = toTs(new Date(since.getTime() - THREADS_MS));
  try {
    const top = await pages((cursor) => client.conversations.history({ channel, oldest: from, latest, ...cursor }));
    const answered = top.filter(({ latest_reply: last }) => last !== undefined && Number(last) >= Number(toTs(since)));
    const replies: Listed[] = [];
    for (const { ts } of answered) {
      const thread = { channel, ts, oldest: toTs(since), latest };
      const said = await pages((cursor) => client.conversations.replies({ ...thread, ...cursor }));
      replies.push(...said.filter((reply) => reply.ts !== ts));
    }
    return [...top, ...replies];
  } catch (error) {
    // One channel that was left or archived must not hide the others.
    if (!isRefusal(error, 'not_in_channel', 'channel_not_found', 'is_archived', 'thread_not_found')) throw error;
    log?.warn(`the history of the Slack channel ${channel} cannot be read: invite the app to it`);
    return [];
  }
}

type Page = { readonly messages?: readonly unknown[]; readonly response_metadata?: { readonly next_cursor?: string } };

async function pages(ask: (cursor: { cursor?: string; limit: number }) => Promise<Page>): Promise<Listed[]> {
  const found: Listed[] = [];
  let cursor = '';
  do {
    const page = await ask({ limit: PAGE, ...(cursor === '' ? {} : { cursor }) });
    found.push(...(page.messages ?? []).flatMap((message) => Listed.safeParse(message).data ?? []));
    cursor = page.response_metadata?.next_cursor ?? '';
  } while (cursor !== '');
  return found;
}

/** The events that a message would have been, without those that came. */
async function unknownOf(
  { known }: SlackHistoryOptions,
  self: Self,
  { channel, since }: { readonly channel: string; readonly since: Date },
  message: Listed,
): Promise<MissedDelivery[]> {
  const { reactions, latest_reply: _, ...said } = message;
  const before = await known(externalIdOf(channel, said.ts));
  const missed: MissedDelivery[] = [];
  if (!isOurs(self, said) && said.user !== undefined) {
    if (before === undefined)
      missed.push(delivery(self, channel, said.ts, said.ts, { type: 'message', ...said, channel }));
    else if (said.edited !== undefined && toIso(said.edited.ts) > (before.editedAt ?? '')) {
      const at = said.edited.ts;
      const event = { type: 'message', subtype: 'message_changed', channel, event_ts: at, message: said };
      missed.push(delivery(self, channel, `${said.ts}:${at}`, at, event));
    }
  }
  const given = reactions.flatMap(({ name, users }) => users.map((user) => ({ name, user })));
  for (const { name, user } of given) {
    if (user === self.user || before?.reactions.has(`${name} ${user}`) === true) continue;
    // A history says who reacted and not when: not before the message.
    const event = { type: 'reaction_added', user, reaction: name, item: { type: 'message', channel, ts: said.ts } };
    const id = `${said.ts}:${name.replaceAll(/[^\w-]/g, '.')}:${user}`;
    const at = Number(said.ts) > Number(toTs(since)) ? said.ts : toTs(since);
    missed.push(delivery(self, channel, id, at, { ...event, event_ts: said.ts }));
  }
  return missed;
}

function isOurs({ user, bot }: Self, said: Said): boolean {
  return said.user === user || (bot !== undefined && said.bot_id === bot);
}

/** As the Events API would have sent it; the same message found twice has the same id. */
function delivery(self: Self, channel: string, id: string, ts: string, event: Record<string, unknown>): MissedDelivery {
  const deliveryId = `history:${channel}:${id}`;
  const authorizations = self.user === undefined ? [] : [{ user_id: self.user, is_bot: true }];
  const body = {
    type: 'event_callback',
    event_id: deliveryId,
    event_time: Math.floor(Number(ts)),
    authorizations,
    event,
  };
  return { deliveryId, event: 'event_callback', at: toIso(ts), body: JSON.stringify(body) };
}
