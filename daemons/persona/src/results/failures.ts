import { createHash } from 'node:crypto';
import type { EventPayload } from '@continuum/contract/event';
import { MessageId } from '@continuum/contract/ids';
import type { AnyEnvelope } from '@continuum/contract/ports/bus';
import type { Message } from '@continuum/contract/room';
import { transactAndTell } from '@continuum/host/tell';
import { codeSpan, escapeLine, link } from '@continuum/room/escape';
import { parseGithubEvent } from '@continuum/webhook-github/payload';
import type { CheckRunEvent, WorkflowRunEvent } from '@continuum/webhook-github/payload/ci';
import { threadMessageId } from '../identity.ts';
import { addAndTell, DEV_UPDATES } from '../rooms.ts';
import type { PersonaRuntime } from '../runtime.ts';
import { failureId } from './results.ts';

/** How a check ends that did not pass; `cancelled` and `action_required` say nothing of the code. */
const FAILED: ReadonlySet<string> = new Set(['failure', 'timed_out', 'startup_failure']);
/** Our own check run: what it shows the room knows already. */
const OWN_CHECK = 'Continuum';
const MOST_REVIEWS = 100;

/** A check of GitHub that failed on a pull request is told once, whatever is run again. */
export async function onCheck(
  runtime: PersonaRuntime,
  delivered: AnyEnvelope<'webhook:github:check_run' | 'webhook:github:workflow_run'>,
): Promise<void> {
  const event = parseGithubEvent(delivered.payload.event, delivered.payload.payload);
  if (event?.kind !== 'check_run' && event?.kind !== 'workflow_run') return;
  if (!counts(event)) return;
  const { repo, head, name: tool, url } = event;
  for (const pr of await pullRequestsOf(runtime, event)) {
    const about = { repo, pr, head, tool, findings: 0, posted: 0, ...(url === '' ? {} : { url }) };
    await transactAndTell(runtime, (_store, tell) => tell('lint:error', about, failureId(about)));
  }
}

function counts(event: CheckRunEvent | WorkflowRunEvent): boolean {
  if (event.action !== 'completed' || !FAILED.has(event.conclusion ?? '')) return false;
  // Each failed job of a workflow is a check of its own; only one that never began has none.
  if (event.kind === 'workflow_run') return event.conclusion === 'startup_failure';
  return event.name !== OWN_CHECK;
}

/** GitHub names no pull requests of forks: the reviews of that commit do. */
async function pullRequestsOf(
  { store }: PersonaRuntime,
  { repo, head, prs }: CheckRunEvent | WorkflowRunEvent,
): Promise<readonly number[]> {
  if (prs.length > 0) return prs;
  const reviews = await store.reviews.list({ repo, limit: MOST_REVIEWS });
  return [...new Set(reviews.flatMap((review) => (review.head === head && review.pr !== undefined ? review.pr : [])))];
}

/** Tells the thread of the pull request, or the room where there is none, that a tool failed. */
export async function onLintError(runtime: PersonaRuntime, payload: EventPayload<'lint:error'>): Promise<void> {
  const { repo, pr, url } = payload;
  const thread = pr === undefined ? undefined : await runtime.store.rooms.message(threadMessageId(`${repo}#${pr}`));
  const message: Message = {
    id: messageIdOf(payload),
    roomId: thread?.roomId ?? DEV_UPDATES,
    ...{ threadId: thread?.id ?? null, replyTo: thread?.id ?? null, text: textOf(payload), hop: 0 },
    author: { kind: 'system', id: 'ci', name: 'CI' },
    source: { kind: 'ci', repo, ...(pr === undefined ? {} : { pr }), ...(url === undefined ? {} : { url }) },
    at: runtime.now().toISOString(),
  };
  await addAndTell(runtime, message);
}

function messageIdOf(failure: EventPayload<'lint:error'>): MessageId {
  const { pr, ...rest } = failure;
  const id = failureId(pr === undefined ? rest : { ...rest, pr });
  return MessageId.parse(`msg_${createHash('sha256').update(id).digest('hex').slice(0, 24)}`);
}

function textOf({ repo, pr, head, tool, findings, posted, url }: EventPayload<'lint:error'>): string {
  const where = pr === undefined ? repo : `${repo} #${pr}`;
  const failed = `${link(tool, url)} failed on ${codeSpan(head.slice(0, 7))} of ${escapeLine(where)}`;
  if (findings === 0) return `${failed}.`;
  const found = findings === 1 ? '1 result' : `${findings} results`;
  return `${failed}: ${found}, ${posted} posted as findings.`;
}
