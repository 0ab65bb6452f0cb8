import type {
  ChatForm,
  ChatHome,
  ChatHost,
  ChatMessage,
  ChatPost,
  ChatUpdate,
} from '@continuum/contract/ports/chat-host';
import type { WebClient } from '@slack/web-api';
import { toContent, toHomeView, toModal } from './blocks.ts';
import { type ClientOptions, createClient, within } from './client.ts';
import { guarded, isRefusal } from './failures.ts';
import { externalIdOf, placeOf } from './payload.ts';
import { postOnce } from './posts.ts';
import { createPlaceNames, createProfiles } from './profiles.ts';

export type SlackHostOptions = ClientOptions;

/**
 * Slack as a chat over its Web API. Every method throws CHAT_UNAVAILABLE (retryable: network, 5xx, rate limits, with
 * `retryAfterMs` where Slack says it) or CHAT_REJECTED with what to do, such as a scope that is missing. It asks once: whoever
 * calls tries again, and says so, and then a post is looked for by its key before it is made.
 */
export function createSlackHost(options: SlackHostOptions): ChatHost {
  const client = createClient(options);
  const profile = createProfiles(client);
  const placeName = createPlaceNames(client);
  const site = remember(async () => (await client.auth.test()).url);
  const urlOf = async (externalId: string, thread?: string): Promise<string | undefined> =>
    permalink(await site(), externalId, thread);
  return {
    source: 'slack',
    post: (input) => guarded(() => within(input.signal, () => post(client, urlOf, input))),
    update: (input) => guarded(() => within(input.signal, () => update(client, input))),
    ask: (form) => guarded(() => ask(client, form)),
    showHome: (home) => guarded(() => within(home.signal, () => showHome(client, home))),
    profile: (id) => guarded(() => profile(id)),
    placeName: (id) => guarded(() => placeName(id)),
    urlOf: (externalId, thread) => guarded(() => urlOf(externalId, thread)),
  };
}

async function post(client: WebClient, urlOf: ChatHost['urlOf'], input: ChatPost): Promise<ChatMessage> {
  const externalId = externalIdOf(input.channel, await postOnce(client, input));
  // It stands: an address that cannot be had now must not make it look undone.
  const url = await urlOf(externalId, input.thread).catch(() => undefined);
  return { externalId, url };
}

async function update(client: WebClient, { externalId, text, findingId }: ChatUpdate): Promise<void> {
  const place = placeOf(externalId);
  if (place === undefined) return;
  const { channel, ts } = place;
  const content = toContent(text, findingId);
  try {
    // Without an empty list the buttons of before stay.
    await client.chat.update({ channel, ts, text: content.text, blocks: content.blocks ?? [] });
  } catch (error) {
    if (!isRefusal(error, 'message_not_found', 'cant_update_message', 'channel_not_found')) throw error;
  }
}

async function ask(client: WebClient, form: ChatForm): Promise<boolean> {
  try {
    await client.views.open({ trigger_id: form.triggerId, view: toModal(form) });
    return true;
  } catch (error) {
    // One that was used has opened its form before.
    if (isRefusal(error, 'exchanged_trigger_id', 'trigger_exchanged')) return true;
    if (isRefusal(error, 'expired_trigger_id', 'invalid_trigger_id', 'invalid_trigger')) return false;
    throw error;
  }
}

async function showHome(client: WebClient, home: ChatHome): Promise<void> {
  await client.views.publish({ user_id: home.user, view: toHomeView(home) });
}

/** `https://acme.slack.com/archives/C024BE91L/p1360782804083113`, inside its thread where it stands in one. */
function permalink(site: string | undefined, externalId: string, thread: string | undefined): string | undefined {
  const place = placeOf(externalId);
  if (site === undefined || place === undefined) return undefined;
  const url = new URL(`archives/${place.channel}/p${place.ts.replace('.', '')}`, site);
  const root = thread === undefined ? undefined : placeOf(thread);
  if (root !== undefined) {
    url.searchParams.set('thread_ts', root.ts);
    url.searchParams.set('cid', place.channel);
  }
  return url.href;
}

/** Asked once; a failure is asked again. */
function remember<T>(ask: () => Promise<T>): () => Promise<T> {
  let known: Promise<T> | undefined;
  return () => {
    known ??= ask().catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
}
