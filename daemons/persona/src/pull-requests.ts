import type { EventPayload } from '@continuum/contract/event';
import type { Recipe } from '@continuum/contract/persona';
import type { CodeHost } from '@continuum/contract/ports/code-host';
import { type PullRequestEvent, parseGithubEvent } from '@continuum/webhook-github/payload';
import { recipeFor } from './review/run.ts';
import type { PersonaRuntime } from './runtime.ts';
import type { Turns } from './turns.ts';

/** A pull request was opened or pushed to: review it when the recipe says so. */
export async function onPullRequest(
  runtime: PersonaRuntime,
  turns: Turns,
  delivery: EventPayload<'webhook:github:pull_request'>,
): Promise<void> {
  const { codeHost } = runtime;
  const event = parseGithubEvent('pull_request', delivery.payload);
  if (event?.kind !== 'pull_request' || codeHost === undefined) return;
  const recipe = recipeFor(runtime);
  if (!wanted(recipe, event)) return;
  // Read and reviewed in one go: heads read at the same time could be told of in the wrong order.
  await turns.take(`${event.repo}#${event.pr}`, () => reviewPullRequest(runtime, codeHost, event));
}

function wanted(recipe: Recipe, event: PullRequestEvent): boolean {
  if (recipe.on.event !== 'webhook:github:pull_request') return false;
  if (recipe.on.actions !== undefined && !recipe.on.actions.includes(event.action)) return false;
  return !(event.draft && recipe.skipDrafts);
}

async function reviewPullRequest(runtime: PersonaRuntime, codeHost: CodeHost, event: PullRequestEvent): Promise<void> {
  const change = await codeHost.changeSet({ repo: event.repo, pr: event.pr });
  // The key holds the head that was read, not the one announced: a push in between is its own review.
  const key = `github:${event.repo}#${event.pr}@${change.head ?? event.headSha}`;
  await runtime.commands.execute(
    'review/run',
    { change, key, trigger: 'webhook', publish: true },
    { caller: { kind: 'system', id: 'persona-daemon' }, idempotencyKey: key },
  );
}
