import { rangePatch } from '@continuum/git/tree-files';
import { loadDefinitions } from '@continuum/host/definitions';
import { ContinuumClient } from '@continuum/sdk/client';
import { root } from '../root.ts';
import type { Task } from './here.ts';
import type { Outcome } from './outcome.ts';

/**
 * Asks a running Continuum for the review: it knows what the team taught everywhere. Undefined when nothing changed. Throws what
 * the server answers, and UNKNOWN_REVISION when the checkout does not have both commits.
 */
export async function askServer(
  { inputs, subject, change, folder }: Task,
  { url, token }: NonNullable<Task['inputs']['server']>,
): Promise<Outcome | undefined> {
  const client = new ContinuumClient({ url, client: 'cli', ...(token === undefined ? {} : { token }) });
  const { base = subject.base, head = subject.head } = change;
  const patch = await rangePatch(inputs.workspace, base, head);
  const title = change.title.slice(0, 500);
  const cap = inputs.cap === undefined ? {} : { cap: inputs.cap };
  const { personas } = await loadDefinitions(root, folder);
  if (patch === '') return undefined;
  const answer = await client.review({ patch, repo: subject.repo, title, ...cap });
  return { ...answer, personas, notes: [] };
}
