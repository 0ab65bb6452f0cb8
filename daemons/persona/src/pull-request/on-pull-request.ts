import type { EventPayload } from '@continuum/contract/event';
import type { Recipe } from '@continuum/contract/persona';
import { type PullRequestEvent, parseGithubEvent } from '@continuum/webhook-github/payload';
import { recipeFor } from '../review/run.ts';
import type { PersonaRuntime } from '../runtime.ts';
import { rememberState } from './open.ts';

/** A pull request was opened, pushed to, closed: review it when the recipe says so. */
export async function onPullRequest(
  runtime: PersonaRuntime,
  delivery: EventPayload<'webhook:github:pull_request'>,
): Promise<void> {
  const event = parseGithubEvent('pull_request', delivery.payload);
  if (event?.kind !== 'pull_request' || runtime.codeHost === undefined) return;
  await rememberState(runtime, event, event.action === 'closed' ? 'closed' : 'open');
  if (!wanted(recipeFor(runtime), event)) return;
  const { repo, pr, sender } = event;
  const by = sender.kind === 'person' ? { by: sender.id } : {};
  const caller = { kind: 'system', id: 'persona-daemon' } as const;
  await runtime.commands.execute('review/pull-request', { repo, pr, ...by }, { caller });
}

function wanted(recipe: Recipe, event: PullRequestEvent): boolean {
  if (recipe.on.event !== 'webhook:github:pull_request' || event.action === 'closed') return false;
  return recipe.on.actions === undefined || recipe.on.actions.includes(event.action);
}
