import type { ChatHost } from '@continuum/contract/ports/chat-host';
import type { CodeHost } from '@continuum/contract/ports/code-host';
import { ask } from './answering/ask.ts';
import { react } from './commands/heard.ts';
import { reviewFile } from './editor/review.ts';
import { discussFinding } from './editor/thread.ts';
import { postComment, postReview, postSummary } from './github-commands.ts';
import { JudgeFactory } from './judging.ts';
import { registerPeople } from './people/links.ts';
import { postCheck } from './pull-request/check.ts';
import { resolveFinding } from './pull-request/resolve.ts';
import { reviewPullRequest } from './pull-request/review.ts';
import { takeResults } from './results/results.ts';
import type { ReviewParts } from './review/parts.ts';
import { runReview } from './review/run.ts';
import { sendChat } from './rooms.ts';
import type { PersonaRuntime } from './runtime.ts';
import { sendSlack, showHome, updateSlack } from './slack/commands.ts';
import { postTicketComment, trackerOf } from './tickets/trackers.ts';
import { Turns } from './turns.ts';

/** Every command that the personas handle; those of places outside only where we can reach them. */
export function registerCommands(runtime: PersonaRuntime): void {
  const { commands, chatHost, codeHost } = runtime;
  registerReviews(runtime);
  commands.register('finding/discuss', (input) => discussFinding(runtime, input));
  commands.register('knowledge/ask', (input, context) => ask(runtime, input, context.signal));
  commands.register('chat/send', (input) => sendChat(runtime, input));
  registerPeople(commands, runtime);
  registerTrackers(runtime);
  if (chatHost !== undefined) registerSlack(runtime, chatHost);
  if (codeHost !== undefined) registerGithub(runtime, codeHost);
}

function registerReviews(runtime: PersonaRuntime): void {
  const { commands } = runtime;
  const parts: ReviewParts = {
    runtime,
    judges: new JudgeFactory(runtime),
    running: new Map(),
    turns: new Turns(runtime, 'review'),
  };
  commands.register('review/run', (input, context) => runReview(parts, input, context.signal));
  commands.register('review/results', (input) => takeResults(runtime, input));
  commands.register('editor/review', (input, context) => reviewFile(parts, input, context.signal));
}

function registerGithub(runtime: PersonaRuntime, codeHost: CodeHost): void {
  const { commands } = runtime;
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
