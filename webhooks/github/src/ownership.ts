import type { Clients } from './clients.ts';

/**
 * Did we write this? Anybody may paste one of our markers into a comment; it counts only under our own name. When the
 * token cannot say who it is, any bot's comment may be ours, a person's never.
 */
export async function isOurs(
  clients: Clients,
  user: { readonly login: string; readonly type?: string } | null | undefined,
): Promise<boolean> {
  if (user === null || user === undefined) return false;
  const self = await clients.self();
  return self === undefined ? user.type === 'Bot' : user.login === self;
}
