import type { Permission } from '@continuum/contract/learning';
import type { Clients } from './clients.ts';
import { isStatus } from './failures.ts';
import { ownerAndName } from './names.ts';

/** How long an answer is believed. */
const FRESH_MS = 5 * 60_000;
const MAX_ENTRIES = 5000;
const KNOWN: Readonly<Record<string, Permission>> = { admin: 'admin', write: 'write', read: 'read' };

/** What a login may do in a repository, remembered for five minutes. Unknown people may nothing. */
export function createPermissions(
  clients: Clients,
  now: () => number = Date.now,
): (repo: string, login: string) => Promise<Permission> {
  const cache = new Map<string, { readonly permission: Permission; readonly until: number }>();
  return async (repo, login) => {
    const key = `${repo} ${login.toLowerCase()}`;
    const known = cache.get(key);
    if (known !== undefined && known.until > now()) return known.permission;
    const permission = await ask(clients, repo, login);
    if (cache.size >= MAX_ENTRIES) cache.clear();
    cache.set(key, { permission, until: now() + FRESH_MS });
    return permission;
  };
}

async function ask(clients: Clients, repo: string, login: string): Promise<Permission> {
  const octokit = await clients.for(repo);
  try {
    const where = { ...ownerAndName(repo), username: login };
    const { data } = await octokit.rest.repos.getCollaboratorPermissionLevel(where);
    return KNOWN[data.permission] ?? 'none';
  } catch (error) {
    if (isStatus(error, 404)) return 'none';
    throw error;
  }
}
