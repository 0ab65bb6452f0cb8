import type { ChatPost } from '@continuum/contract/ports/chat-host';
import type { MessageMetadata } from '@slack/types';
import type { WebClient } from '@slack/web-api';
import { z } from 'zod';
import { toContent } from './blocks.ts';
import { placeOf, toTs } from './payload.ts';

const EVENT_TYPE = 'continuum_message';
/** Clocks differ: what was posted a little before the first try, by Slack's word, is ours too. */
const SLACK_MS = 60_000;

const Marked = z.object({
  ts: z.string(),
  metadata: z.object({
    event_type: z.literal(EVENT_TYPE),
    event_payload: z.object({ key: z.string() }),
  }),
});

/** Posts a message once per key: on a repeat it is looked for first. Answers with its ts. */
export async function postOnce(client: WebClient, post: ChatPost): Promise<string> {
  const known = post.triedAt === undefined ? undefined : await findPost(client, post, post.triedAt);
  return known ?? send(client, post);
}

async function send(client: WebClient, { channel, thread, author, text, findingId, key }: ChatPost): Promise<string> {
  const { ts } = await client.chat.postMessage({
    channel,
    username: author,
    ...toContent(text, findingId),
    ...(thread === undefined ? {} : { thread_ts: tsOf(thread) }),
    metadata: metadataOf(key),
    // Addresses in what people wrote are shown as they are.
    unfurl_links: false,
    unfurl_media: false,
  });
  return ts ?? '';
}

function metadataOf(key: string): MessageMetadata {
  return { event_type: EVENT_TYPE, event_payload: { key } };
}

/** The message that carries the key in its metadata, among those of its channel or thread since the first try. */
async function findPost(
  client: WebClient,
  { channel, thread, key }: ChatPost,
  triedAt: Date,
): Promise<string | undefined> {
  const since = {
    channel,
    oldest: toTs(new Date(triedAt.getTime() - SLACK_MS)),
    limit: 200,
    include_all_metadata: true,
  };
  let cursor: string | undefined;
  do {
    const page = { ...since, ...(cursor === undefined ? {} : { cursor }) };
    const answer =
      thread === undefined
        ? await client.conversations.history(page)
        : await client.conversations.replies({ ...page, ts: tsOf(thread) });
    const found = answer.messages?.find(
      (message) => Marked.safeParse(message).data?.metadata.event_payload.key === key,
    );
    if (found?.ts !== undefined) return found.ts;
    cursor = answer.response_metadata?.next_cursor || undefined;
  } while (cursor !== undefined);
  return undefined;
}

/** The ts of an external id of Slack. */
export function tsOf(externalId: string): string {
  return placeOf(externalId)?.ts ?? externalId;
}
