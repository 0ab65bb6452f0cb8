import type { WebhookEventName } from '@continuum/contract/event';
import type { AnyEnvelope, Subscription } from '@continuum/contract/ports/bus';
import { OUTLASTS_AN_OUTAGE } from '@continuum/host/patience';
import type { Daemon } from '@continuum/host/runtime';
import { onMessage } from './attention.ts';
import { postComment, postReview, postSummary } from './github-commands.ts';
import { JudgeFactory } from './judging.ts';
import { registerPeople } from './people/links.ts';
import { onPullRequest } from './pull-requests.ts';
import { onPush } from './pushes.ts';
import type { ReviewParts } from './review/parts.ts';
import { runReview } from './review/run.ts';
import { ensureRooms, sendChat } from './rooms.ts';
import type { PersonaRuntime } from './runtime.ts';
import { onDelivery } from './signals/deliveries.ts';
import { Turns } from './turns.ts';

/** Reviews what comes in, brings comments into rooms, answers people. */
export function createPersonaDaemon(runtime: PersonaRuntime): Daemon {
  const subscriptions: Subscription[] = [];
  return {
    name: 'persona',
    async start() {
      await ensureRooms(runtime);
      registerCommands(runtime);
      subscriptions.push(...(await subscribe(runtime)));
    },
    async stop() {
      await Promise.all(subscriptions.splice(0).map((subscription) => subscription.stop()));
    },
  };
}

function registerCommands(runtime: PersonaRuntime): void {
  const { commands, codeHost } = runtime;
  const parts: ReviewParts = {
    runtime,
    judges: new JudgeFactory(runtime),
    running: new Map(),
    turns: new Turns(runtime, 'review'),
  };
  commands.register('review/run', (input, context) => runReview(parts, input, context.signal));
  commands.register('chat/send', (input) => sendChat(runtime, input));
  registerPeople(commands, runtime);
  if (codeHost === undefined) return;
  commands.register('github/review', (input, context) => postReview(runtime, codeHost, input, context));
  commands.register('github/summary', (input, context) => postSummary(runtime, codeHost, input, context));
  commands.register('github/comment', (input, context) => postComment(runtime, codeHost, input, context));
}

function subscribe(runtime: PersonaRuntime): Promise<Subscription[]> {
  const { bus } = runtime;
  const turns = new Turns(runtime, 'pull-request');
  const said = (event: AnyEnvelope<WebhookEventName>) => onDelivery(runtime, event);
  return Promise.all([
    bus.subscribe('webhook:github:pull_request', (event) => onPullRequest(runtime, turns, event.payload), {
      durable: 'persona-review',
      concurrency: 2,
      ...OUTLASTS_AN_OUTAGE,
    }),
    bus.subscribe('webhook:github:issue_comment', said, {
      durable: 'persona-issue-comment',
      ...OUTLASTS_AN_OUTAGE,
    }),
    bus.subscribe('webhook:github:pull_request_review_comment', said, {
      durable: 'persona-review-comment',
      ...OUTLASTS_AN_OUTAGE,
    }),
    bus.subscribe('webhook:github:pull_request_review', said, {
      durable: 'persona-review-body',
      ...OUTLASTS_AN_OUTAGE,
    }),
    bus.subscribe('webhook:github:push', (event) => onPush(runtime, event.payload), { durable: 'persona-push' }),
    bus.subscribe('room:message', (event) => onMessage(runtime, event.payload), { durable: 'persona-attention' }),
  ]);
}
