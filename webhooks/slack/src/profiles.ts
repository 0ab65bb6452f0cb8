import type { ChatProfile } from '@continuum/contract/ports/chat-host';
import type { WebClient } from '@slack/web-api';
import { isRefusal } from './failures.ts';

/** How long an answer is believed. */
const FRESH_MS = 10 * 60_000;
const MAX_ENTRIES = 5_000;

/** Who is behind a user id, remembered for ten minutes; undefined for somebody unknown, renamed and deleted people are known. */
export function createProfiles(
  client: WebClient,
  now: () => number = Date.now,
): (id: string) => Promise<ChatProfile | undefined> {
  const cache = new Map<string, { readonly profile: ChatProfile | undefined; readonly until: number }>();
  return async (id) => {
    const known = cache.get(id);
    if (known !== undefined && known.until > now()) return known.profile;
    const profile = await ask(client, id);
    if (cache.size >= MAX_ENTRIES) cache.clear();
    cache.set(id, { profile, until: now() + FRESH_MS });
    return profile;
  };
}

async function ask(client: WebClient, id: string): Promise<ChatProfile | undefined> {
  try {
    const { user } = await client.users.info({ user: id });
    const names = [user?.profile?.display_name, user?.real_name, user?.profile?.real_name, user?.name];
    const name = names.find((each) => each !== undefined && each !== '') ?? id;
    return { id, name, email: user?.profile?.email };
  } catch (error) {
    if (isRefusal(error, 'user_not_found', 'users_not_found', 'user_not_visible')) return undefined;
    throw error;
  }
}
