import { ContinuumError } from '@continuum/contract/errors';
import type { PersonaRuntime } from '../runtime.ts';
import type { Asked } from './command-word.ts';

/**
 * Anybody may comment on a public pull request; what changes how personas work is for those who may write there. The other
 * sources are the team's own. Throws FORBIDDEN, and what the code host throws.
 */
export async function assertMayChange({ codeHost }: PersonaRuntime, { message, author }: Asked): Promise<void> {
  const { kind, repo } = message.source;
  if (kind !== 'github') return;
  const permission = codeHost === undefined || repo === undefined ? 'none' : await codeHost.permission(repo, author.id);
  if (permission === 'admin' || permission === 'write') return;
  throw new ContinuumError('FORBIDDEN', 'this is for people who may write to the repository', {
    next: 'Ask one of its maintainers.',
  });
}
