import type { CommandContext, CommandOutput, CommandParsed } from '@continuum/contract/command';
import { ContinuumError } from '@continuum/contract/errors';
import type { Finding, Review } from '@continuum/contract/finding';
import type { CodeHost, ReviewComment } from '@continuum/contract/ports/code-host';
import { renderInlineComment } from '@continuum/room/render';
import { renderSummary } from '@continuum/room/summary';
import { shownFindings } from './findings.ts';
import { personaOf } from './personas.ts';
import { newestReview, standing } from './pull-request/standing.ts';
import type { PersonaRuntime } from './runtime.ts';

/** Handler of `github/review`: one review with an inline comment for each posted finding. */
export async function postReview(
  runtime: PersonaRuntime,
  codeHost: CodeHost,
  input: CommandParsed<'github/review'>,
  context: CommandContext,
): Promise<CommandOutput<'github/review'>> {
  const review = await load(runtime, input);
  const posted = await shownFindings(runtime.store.reviews, { reviewId: review.id });
  const published = await codeHost.publishReview({
    repo: input.repo,
    pr: input.pr,
    key: context.idempotencyKey ?? `github/review:${review.id}`,
    commit: review.head ?? '',
    body: posted.length === 1 ? 'One finding.' : `${posted.length} findings.`,
    comments: posted.map((finding) => toComment(runtime, finding)),
    signal: context.signal,
  });
  for (const comment of published.comments) {
    await runtime.store.reviews.link(comment.findingId, comment.externalId, comment.url);
  }
  return { externalId: published.externalId, comments: published.comments.length };
}

/** Handler of `github/summary`: the one comment of a pull request that is updated in place. */
export async function postSummary(
  runtime: PersonaRuntime,
  codeHost: CodeHost,
  input: CommandParsed<'github/summary'>,
  context: CommandContext,
): Promise<CommandOutput<'github/summary'>> {
  // One that was held up must not take the place of what a later review said.
  const review = await newestReview(runtime.store, await load(runtime, input));
  const findings = await standing(runtime.store.reviews, review);
  const key = context.idempotencyKey ?? `github/summary:${review.id}`;
  const body = renderSummary({ review, findings, personas: runtime.personas });
  const { externalId } = await codeHost.upsertSummary({
    repo: input.repo,
    pr: input.pr,
    key,
    body,
    signal: context.signal,
  });
  return { externalId };
}

/** Handler of `github/comment`; remembers where a room message was published. */
export async function postComment(
  runtime: PersonaRuntime,
  codeHost: CodeHost,
  input: CommandParsed<'github/comment'>,
  context: CommandContext,
): Promise<CommandOutput<'github/comment'>> {
  const { repo, pr, body, inReplyTo, messageId } = input;
  const key = context.idempotencyKey ?? `github/comment:${messageId ?? body}`;
  const thread = inReplyTo === undefined ? {} : { inReplyTo };
  const sent = await codeHost.comment({ repo, pr, key, body, ...thread, signal: context.signal });
  if (messageId !== undefined) {
    const url = sent.url === undefined ? {} : { url: sent.url };
    await runtime.store.views.linkMessage({ messageId, kind: 'github', externalId: sent.externalId, ...url });
  }
  return { externalId: sent.externalId };
}

async function load(runtime: PersonaRuntime, input: CommandParsed<'github/review'>): Promise<Review> {
  const review = await runtime.store.reviews.get(input.reviewId);
  if (review === undefined) throw new ContinuumError('NOT_FOUND', `there is no review ${input.reviewId}`);
  return review;
}

function toComment(runtime: PersonaRuntime, finding: Finding): ReviewComment {
  return {
    findingId: finding.id,
    path: finding.path,
    line: finding.endLine,
    ...(finding.endLine > finding.line ? { startLine: finding.line } : {}),
    body: renderInlineComment(finding, personaOf(runtime, finding.persona)),
    ...(finding.suggestion === undefined ? {} : { suggestion: finding.suggestion }),
  };
}
