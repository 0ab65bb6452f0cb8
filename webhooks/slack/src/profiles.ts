import type { ChatProfile } from '@continuum/contract/ports/chat-host';
import type { WebClient } from '@slack/web-api';
import { isRefusal } from './failures.ts';

/** How long an answer is believed. */
const FRESH_MS = 10 * 60_000;
const MAX_ENTRIES = 5_000;

/** Who is behind a user id, remembered for ten minutes; undefined for somebody unknown, renamed and deleted people are known. */
export function createProfiles(client: WebClient): (id: string) => Promise<ChatProfile | undefined> {
  return remembered((id) => ask(client, id));
}

/** What a channel is called, `#dev`, remembered for ten minutes; undefined for one that we cannot see. */
export function createPlaceNames(client: WebClient): (id: string) => Promise<string | undefined> {
  return remembered(async (id) => {
    try {
      const { channel } = await client.conversations.info({ channel: id });
      return channel?.name === undefined ? undefined : `#${channel.name}`;
    } catch (error) {
      if (isRefusal(error, 'channel_not_found', 'missing_scope')) return undefined;
      throw error;
    }
  });
}

function remembered<T>(ask: (id: string) => Promise<T>): (id: string) => Promise<T> {
  const cache = new Map<string, { readonly value: T; readonly until: number }>();
  return async (id) => {
    const known = cache.get(id);
    if (known !== undefined && known.until > Date.now()) return known.value;
    const value = await ask(id);
    if (cache.size >= MAX_ENTRIES) cache.clear();
    cache.set(id, { value, until: Date.now() + FRESH_MS });
    return value;
  };
}

async function ask(client: WebClient, id: string): Promise<ChatProfile | undefined> {
  try {
    const { user } = await client.users.info({ user: id });
    const names = [user?.profile?.display_name, user?.real_name, user?.profile?.real_name, user?.name];
    const name = names.find((each) => each !== undefined && each !== '') ?? id;
    return { id, name, email: user?.profile?.email };
  } catch (error) {
    if (isRefusal(error, 'user_not_found', 'users_not_found', 'user_not_visible', 'missing_scope')) return undefined;
    throw error;
  }
}
