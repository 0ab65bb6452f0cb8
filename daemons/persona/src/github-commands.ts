import type { CommandContext, CommandOutput, CommandParsed } from '@continuum/contract/command';
import { ContinuumError } from '@continuum/contract/errors';
import type { Finding, Review } from '@continuum/contract/finding';
import type { CodeHost, ReviewComment } from '@continuum/contract/ports/code-host';
import type { Runtime } from '@continuum/host/runtime';
import { renderInlineComment } from '@continuum/room/render';
import { renderSummary } from '@continuum/room/summary';
import { personaOf } from './personas.ts';

/** Handler of `github/review`: one review with an inline comment for each posted finding. */
export async function postReview(
  runtime: Runtime,
  codeHost: CodeHost,
  input: CommandParsed<'github/review'>,
  context: CommandContext,
): Promise<CommandOutput<'github/review'>> {
  const { review, findings } = await load(runtime, input);
  const posted = findings.filter((finding) => finding.status !== 'withheld');
  const published = await codeHost.publishReview({
    repo: input.repo,
    pr: input.pr,
    key: context.idempotencyKey ?? `github/review:${review.id}`,
    commit: review.head ?? '',
    body: posted.length === 1 ? 'One finding.' : `${posted.length} findings.`,
    comments: posted.map((finding) => toComment(runtime, finding)),
  });
  for (const comment of published.comments) {
    await runtime.store.reviews.link(comment.findingId, comment.externalId, comment.url);
  }
  return { externalId: published.externalId, comments: published.comments.length };
}

/** Handler of `github/summary`: the one comment of a pull request that is updated in place. */
export async function postSummary(
  runtime: Runtime,
  codeHost: CodeHost,
  input: CommandParsed<'github/summary'>,
  context: CommandContext,
): Promise<CommandOutput<'github/summary'>> {
  const { review, findings } = await load(runtime, input);
  const key = context.idempotencyKey ?? `github/summary:${review.id}`;
  const body = renderSummary({ review, findings, personas: runtime.personas });
  const { externalId } = await codeHost.upsertSummary({ repo: input.repo, pr: input.pr, key, body });
  return { externalId };
}

/** Handler of `github/comment`; remembers where a room message was published. */
export async function postComment(
  runtime: Runtime,
  codeHost: CodeHost,
  input: CommandParsed<'github/comment'>,
  context: CommandContext,
): Promise<CommandOutput<'github/comment'>> {
  const { repo, pr, body, inReplyTo, messageId } = input;
  const key = context.idempotencyKey ?? `github/comment:${messageId ?? body}`;
  const sent = await codeHost.comment({ repo, pr, key, body, ...(inReplyTo === undefined ? {} : { inReplyTo }) });
  if (messageId !== undefined) {
    const url = sent.url === undefined ? {} : { url: sent.url };
    await runtime.store.rooms.linkMessage(messageId, { kind: 'github', externalId: sent.externalId, repo, pr, ...url });
  }
  return { externalId: sent.externalId };
}

async function load(
  runtime: Runtime,
  input: CommandParsed<'github/review'>,
): Promise<{ review: Review; findings: Finding[] }> {
  const review = await runtime.store.reviews.get(input.reviewId);
  if (review === undefined) throw new ContinuumError('NOT_FOUND', `there is no review ${input.reviewId}`);
  return { review, findings: await runtime.store.reviews.findings({ reviewId: input.reviewId, limit: 1000 }) };
}

function toComment(runtime: Runtime, finding: Finding): ReviewComment {
  return {
    findingId: finding.id,
    path: finding.path,
    line: finding.endLine,
    ...(finding.endLine > finding.line ? { startLine: finding.line } : {}),
    body: renderInlineComment(finding, personaOf(runtime, finding.persona)),
    ...(finding.suggestion === undefined ? {} : { suggestion: finding.suggestion }),
  };
}
