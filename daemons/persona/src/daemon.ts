import { WebhookEventName, WebhookPayload } from '@continuum/contract/event';
import type { AnyEnvelope, Subscription } from '@continuum/contract/ports/bus';
import type { ChatHost } from '@continuum/contract/ports/chat-host';
import type { Leading } from '@continuum/host/leader';
import { OUTLASTS_AN_OUTAGE } from '@continuum/host/patience';
import type { Daemon } from '@continuum/host/runtime';
import { ask } from './answering/ask.ts';
import { onMessage } from './attention.ts';
import { react } from './commands/heard.ts';
import { onEditorDelivery } from './editor/deliveries.ts';
import { reviewFile } from './editor/review.ts';
import { onFileSaved } from './editor/saved.ts';
import { discussFinding, onFeedback } from './editor/thread.ts';
import { postComment, postReview, postSummary } from './github-commands.ts';
import { JudgeFactory } from './judging.ts';
import { registerPeople } from './people/links.ts';
import { postCheck } from './pull-request/check.ts';
import { onPullRequest } from './pull-request/on-pull-request.ts';
import { onFindingChanged } from './pull-request/refresh.ts';
import { resolveFinding } from './pull-request/resolve.ts';
import { reviewPullRequest } from './pull-request/review.ts';
import { askForVoices } from './pull-request/rounds.ts';
import { onPush } from './pushes.ts';
import { onCheck, onLintError } from './results/failures.ts';
import { takeResults } from './results/results.ts';
import type { ReviewParts } from './review/parts.ts';
import { runReview } from './review/run.ts';
import { ensureRooms, sendChat } from './rooms.ts';
import type { PersonaRuntime } from './runtime.ts';
import { onDelivery } from './signals/deliveries.ts';
import { bindChannel } from './slack/bind.ts';
import { sendSlack, showHome, updateSlack } from './slack/commands.ts';
import { onSlack } from './slack/deliveries.ts';
import { mirrorFinding, mirrorMessage, mirrorReview } from './slack/mirror.ts';
import { postTicketComment, trackerOf } from './tickets/trackers.ts';
import { Turns } from './turns.ts';

/** Reviews what comes in, brings comments into rooms, answers people. */
export function createPersonaDaemon(runtime: PersonaRuntime): Daemon {
  const subscriptions: Subscription[] = [];
  let voices: Leading | undefined;
  return {
    name: 'persona',
    async start() {
      await ensureRooms(runtime);
      await bindChannel(runtime);
      registerCommands(runtime);
      subscriptions.push(...(await subscribe(runtime)), ...(await subscribeSlack(runtime)));
      if (runtime.codeHost !== undefined) voices = askForVoices(runtime, runtime.codeHost);
    },
    async stop() {
      await voices?.stop();
      await Promise.all(subscriptions.splice(0).map((subscription) => subscription.stop()));
    },
  };
}

function registerCommands(runtime: PersonaRuntime): void {
  const { commands, chatHost, codeHost } = runtime;
  const parts: ReviewParts = {
    runtime,
    judges: new JudgeFactory(runtime),
    running: new Map(),
    turns: new Turns(runtime, 'review'),
  };
  commands.register('review/run', (input, context) => runReview(parts, input, context.signal));
  commands.register('review/results', (input) => takeResults(runtime, input));
  commands.register('editor/review', (input, context) => reviewFile(parts, input, context.signal));
  commands.register('finding/discuss', (input) => discussFinding(runtime, input));
  commands.register('knowledge/ask', (input, context) => ask(runtime, input, context.signal));
  commands.register('chat/send', (input) => sendChat(runtime, input));
  registerTrackers(runtime);
  if (chatHost !== undefined) registerSlack(runtime, chatHost);
  registerPeople(commands, runtime);
  if (codeHost === undefined) return;
  const turns = new Turns(runtime, 'pull-request');
  // Read and reviewed in one go: heads read at the same time could be told of in the wrong order.
  commands.register('review/pull-request', (input) =>
    turns.take(`${input.repo}#${input.pr}`, () => reviewPullRequest(runtime, codeHost, input)),
  );
  commands.register('github/review', (input, context) => postReview(runtime, codeHost, input, context));
  commands.register('github/summary', (input, context) => postSummary(runtime, codeHost, input, context));
  commands.register('github/comment', (input, context) => postComment(runtime, codeHost, input, context));
  commands.register('github/resolve', (input, context) => resolveFinding(runtime, codeHost, input, context));
  commands.register('github/react', (input, context) => react(codeHost, input, context));
  commands.register('github/check', (input, context) => postCheck(runtime, codeHost, input, context));
}

function registerTrackers(runtime: PersonaRuntime): void {
  const { commands } = runtime;
  const linear = trackerOf(runtime, 'linear');
  const jira = trackerOf(runtime, 'jira');
  if (linear !== undefined) {
    commands.register('linear/comment', (input, context) => postTicketComment(runtime, linear, input, context));
  }
  if (jira !== undefined) {
    commands.register('jira/comment', (input, context) => postTicketComment(runtime, jira, input, context));
  }
}

function registerSlack(runtime: PersonaRuntime, chatHost: ChatHost): void {
  const { commands } = runtime;
  commands.register('slack/send', (input, context) => sendSlack(runtime, chatHost, input, context));
  commands.register('slack/update', (input, context) => updateSlack(runtime, chatHost, input, context));
  commands.register('slack/home', (input, context) => showHome(runtime, chatHost, input, context));
}

function subscribe(runtime: PersonaRuntime): Promise<Subscription[]> {
  const { bus } = runtime;
  const talks = new Turns(runtime, 'conversation');
  const said = (event: AnyEnvelope<WebhookEventName>) => onDelivery(runtime, event);
  // One consumer for all of a source: what is said there keeps its order.
  const ofSource = ({ name, payload }: AnyEnvelope) =>
    onDelivery(runtime, { name: WebhookEventName.parse(name), payload: WebhookPayload.parse(payload) });
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
    bus.subscribe('webhook:linear:*', ofSource, { durable: 'persona-linear', ...OUTLASTS_AN_OUTAGE }),
    bus.subscribe('webhook:jira:*', ofSource, { durable: 'persona-jira', ...OUTLASTS_AN_OUTAGE }),
    bus.subscribe('webhook:ci:results', said, { durable: 'persona-ci', ...OUTLASTS_AN_OUTAGE }),
    bus.subscribe('webhook:github:check_run', (event) => onCheck(runtime, event), { durable: 'persona-check-run' }),
    bus.subscribe('webhook:github:workflow_run', (event) => onCheck(runtime, event), {
      durable: 'persona-workflow-run',
    }),
    bus.subscribe('lint:error', (event) => onLintError(runtime, event.payload), { durable: 'persona-lint-error' }),
    bus.subscribe('finding:changed', (event) => onFindingChanged(runtime, event.payload, event.id), {
      durable: 'persona-finding-changed',
    }),
    bus.subscribe('webhook:github:push', (event) => onPush(runtime, event.payload), { durable: 'persona-push' }),
    bus.subscribe('webhook:vscode:*', ({ payload }) => onEditorDelivery(runtime, WebhookPayload.parse(payload)), {
      durable: 'persona-editor-deliveries',
      ...OUTLASTS_AN_OUTAGE,
    }),
    bus.subscribe('vscode:file-saved', (event) => onFileSaved(runtime, event.payload), {
      durable: 'persona-editor-saved',
    }),
    bus.subscribe('feedback:given', (event) => onFeedback(runtime, event.payload), { durable: 'persona-editor-words' }),
    // A model takes its time: other threads do not wait for it.
    bus.subscribe('room:message', (event, signal) => onMessage(runtime, talks, event.payload, signal), {
      durable: 'persona-attention',
      concurrency: 4,
    }),
  ]);
}

/** Also where no Slack is connected: consumers that wait for it would keep every event. */
function subscribeSlack(runtime: PersonaRuntime): Promise<Subscription[]> {
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
