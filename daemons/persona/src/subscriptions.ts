import { WebhookEventName, WebhookPayload } from '@continuum/contract/event';
import type { AnyEnvelope, Subscription } from '@continuum/contract/ports/bus';
import { OUTLASTS_AN_OUTAGE } from '@continuum/host/patience';
import { onMessage } from './attention.ts';
import { onEditorDelivery } from './editor/deliveries.ts';
import { onFileSaved } from './editor/saved.ts';
import { onFeedback } from './editor/thread.ts';
import { onPullRequest } from './pull-request/on-pull-request.ts';
import { onFindingChanged } from './pull-request/refresh.ts';
import { onPush } from './pushes.ts';
import { onCheck, onLintError } from './results/failures.ts';
import type { PersonaRuntime } from './runtime.ts';
import { onDelivery } from './signals/deliveries.ts';
import { onSlack } from './slack/deliveries.ts';
import { mirrorFinding, mirrorMessage, mirrorReview } from './slack/mirror.ts';
import { Turns } from './turns.ts';

/** Everything that the personas listen to. What comes from outside is kept through an outage of the place it leads to. */
export async function subscribeAll(runtime: PersonaRuntime): Promise<Subscription[]> {
  const groups = [ofGithub, ofOtherSources, ofSlack, ofRooms];
  return (await Promise.all(groups.map((group) => group(runtime)))).flat();
}

function ofGithub(runtime: PersonaRuntime): Promise<Subscription[]> {
  const { bus } = runtime;
  const said = (event: AnyEnvelope<WebhookEventName>) => onDelivery(runtime, event);
  return Promise.all([
    bus.subscribe('webhook:github:pull_request', (event) => onPullRequest(runtime, event.payload), {
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
    bus.subscribe('webhook:github:pull_request_review_thread', said, {
      durable: 'persona-review-thread',
      ...OUTLASTS_AN_OUTAGE,
    }),
    bus.subscribe('webhook:github:push', (event) => onPush(runtime, event.payload), { durable: 'persona-push' }),
    bus.subscribe('webhook:github:check_run', (event) => onCheck(runtime, event), { durable: 'persona-check-run' }),
    bus.subscribe('webhook:github:workflow_run', (event) => onCheck(runtime, event), {
      durable: 'persona-workflow-run',
    }),
  ]);
}

function ofOtherSources(runtime: PersonaRuntime): Promise<Subscription[]> {
  const { bus } = runtime;
  // One consumer for all of a source: what is said there keeps its order.
  const said = ({ name, payload }: AnyEnvelope) =>
    onDelivery(runtime, { name: WebhookEventName.parse(name), payload: WebhookPayload.parse(payload) });
  return Promise.all([
    bus.subscribe('webhook:linear:*', said, { durable: 'persona-linear', ...OUTLASTS_AN_OUTAGE }),
    bus.subscribe('webhook:jira:*', said, { durable: 'persona-jira', ...OUTLASTS_AN_OUTAGE }),
    bus.subscribe('webhook:ci:*', said, { durable: 'persona-ci', ...OUTLASTS_AN_OUTAGE }),
    bus.subscribe('webhook:vscode:*', ({ payload }) => onEditorDelivery(runtime, WebhookPayload.parse(payload)), {
      durable: 'persona-editor-deliveries',
      ...OUTLASTS_AN_OUTAGE,
    }),
  ]);
}

/** Also where no Slack is connected: consumers that wait for it would keep every event. */
function ofSlack(runtime: PersonaRuntime): Promise<Subscription[]> {
  const { bus } = runtime;
  const said = (event: AnyEnvelope<WebhookEventName>) => onSlack(runtime, event);
  return Promise.all([
    bus.subscribe('webhook:slack:event_callback', said, { durable: 'persona-slack-event', ...OUTLASTS_AN_OUTAGE }),
    bus.subscribe('webhook:slack:interactive', said, { durable: 'persona-slack-interactive', ...OUTLASTS_AN_OUTAGE }),
    bus.subscribe('webhook:slack:command', said, { durable: 'persona-slack-command', ...OUTLASTS_AN_OUTAGE }),
    bus.subscribe('room:message', (event) => mirrorMessage(runtime, event.payload, event.id), {
      durable: 'slack-messages',
    }),
    bus.subscribe('review:completed', (event) => mirrorReview(runtime, event.payload), { durable: 'slack-reviews' }),
    bus.subscribe('finding:changed', (event) => mirrorFinding(runtime, event.payload, event.id), {
      durable: 'slack-findings',
    }),
  ]);
}

/** What follows from what we said and did ourselves. */
function ofRooms(runtime: PersonaRuntime): Promise<Subscription[]> {
  const { bus } = runtime;
  const talks = new Turns(runtime, 'conversation');
  return Promise.all([
    // A model takes its time: other threads do not wait for it.
    bus.subscribe('room:message', (event, signal) => onMessage(runtime, talks, event.payload, signal), {
      durable: 'persona-attention',
      concurrency: 4,
    }),
    bus.subscribe('finding:changed', (event) => onFindingChanged(runtime, event.payload, event.id), {
      durable: 'persona-finding-changed',
    }),
    bus.subscribe('lint:error', (event) => onLintError(runtime, event.payload), { durable: 'persona-lint-error' }),
    bus.subscribe('vscode:file-saved', (event) => onFileSaved(runtime, event.payload), {
      durable: 'persona-editor-saved',
    }),
    bus.subscribe('feedback:given', (event) => onFeedback(runtime, event.payload), { durable: 'persona-editor-words' }),
  ]);
}
