import type { ChangeSet } from '@continuum/contract/change-set';
import { RepoName } from '@continuum/contract/change-set';
import { COMMANDS, type CommandOutput } from '@continuum/contract/command';
import { Finding, FindingStatus, Review } from '@continuum/contract/finding';
import { FindingDetail, PostFeedback, PostReview, ReviewAnswer } from '@continuum/contract/http';
import { FindingId, ReviewId, ScopeId } from '@continuum/contract/ids';
import { VERSION } from '@continuum/contract/version';
import { rememberCheckout } from '@continuum/host/checkouts';
import type { Core } from '@continuum/host/runtime';
import { toSarif } from '@continuum/review/sarif';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { defined, json, notFound } from '../answers.ts';
import { clientSource, operator, person } from '../caller.ts';
import { findingDetail } from '../finding-detail.ts';
import type { ApiOptions } from '../options.ts';
import { answers, createRoute, jsonBody, Limit, queryNumber } from '../route.ts';

const PullNumber = queryNumber(1, 2_147_483_647);
const FindingQuery = z.object({
  repo: RepoName.optional(),
  pr: PullNumber.optional(),
  status: FindingStatus.optional(),
  reviewId: ReviewId.optional(),
  scope: ScopeId.optional(),
  before: FindingId.optional(),
  limit: Limit,
});
const ReviewQuery = z.object({
  repo: RepoName.optional(),
  pr: PullNumber.optional(),
  before: ReviewId.optional(),
  limit: Limit,
});

const listFindings = createRoute({
  method: 'get',
  path: '/findings',
  summary: 'Findings, posted and withheld, newest first',
  tags: ['reviews'],
  request: { query: FindingQuery },
  responses: answers('Findings', z.array(Finding)),
});
const readFinding = createRoute({
  method: 'get',
  path: '/findings/{id}',
  summary: 'A finding with its why: every reason, and the memories that decided',
  tags: ['reviews'],
  request: { params: z.object({ id: FindingId }) },
  responses: answers('The finding', FindingDetail),
});
const listReviews = createRoute({
  method: 'get',
  path: '/reviews',
  summary: 'Reviews, newest first',
  tags: ['reviews'],
  request: { query: ReviewQuery },
  responses: answers('Reviews', z.array(Review)),
});
const readReview = createRoute({
  method: 'get',
  path: '/reviews/{id}',
  summary: 'A review with all its findings',
  tags: ['reviews'],
  request: { params: z.object({ id: ReviewId }) },
  responses: answers('The review', ReviewAnswer),
});
const readSarif = createRoute({
  method: 'get',
  path: '/reviews/{id}/sarif',
  summary: 'A review as SARIF 2.1.0; with `withheld` also what was withheld, suppressed',
  tags: ['reviews'],
  request: { params: z.object({ id: ReviewId }), query: z.object({ withheld: z.stringbool().default(false) }) },
  responses: answers('One run of the tool', z.record(z.string(), z.unknown()), { type: 'application/sarif+json' }),
});
const postReview = createRoute({
  method: 'post',
  path: '/reviews',
  summary: 'Review a range of a git repository on this machine, or a patch',
  tags: ['reviews'],
  request: { body: jsonBody(PostReview) },
  responses: answers('The review with every finding, posted and withheld', ReviewAnswer),
});
const postFeedback = createRoute({
  method: 'post',
  path: '/feedback',
  summary: 'Judge a finding or a message: thumbs, correction, confirmation, edit',
  tags: ['reviews'],
  request: { body: jsonBody(PostFeedback) },
  responses: answers('The feedback and what was learned', COMMANDS['feedback/give'].output, { status: 201 }),
});

/** Reviews, findings and what people say of them. */
export function reviewRoutes(app: OpenAPIHono, runtime: Core, options: ApiOptions): void {
  const { reviews } = runtime.store;
  app.openapi(listFindings, async (c) => json<Finding[]>(await reviews.findings(defined(c.req.valid('query')))));
  app.openapi(readFinding, async (c) => {
    const { id } = c.req.valid('param');
    const finding = await reviews.finding(id);
    if (finding === undefined) throw notFound('finding', id);
    return json<FindingDetail>(await findingDetail(runtime.store, finding));
  });
  app.openapi(listReviews, async (c) => json<Review[]>(await reviews.list(defined(c.req.valid('query')))));
  const reviewOf = async (id: ReviewId): Promise<ReviewAnswer> => {
    const review = await reviews.get(id);
    if (review === undefined) throw notFound('review', id);
    return { review, findings: await reviews.findings({ reviewId: id, limit: 1000 }) };
  };
  app.openapi(readReview, async (c) => json<ReviewAnswer>(await reviewOf(c.req.valid('param').id)));
  app.openapi(readSarif, async (c) => {
    const log = toSarif(await reviewOf(c.req.valid('param').id), { version: VERSION, ...c.req.valid('query') });
    return Response.json(log, { headers: { 'content-type': 'application/sarif+json' } });
  });
  app.openapi(postReview, async (c) => {
    const body = c.req.valid('json');
    const { arm, dryRun, cap } = body;
    const change = await toChangeSet(body, options);
    if (!('patch' in body)) await rememberCheckout(runtime.store, change.repo, body.repo);
    const trigger = c.req.header('x-continuum-client') === 'cli' ? ('cli' as const) : ('api' as const);
    const input = { change, trigger, arm, dryRun, cap };
    return json<ReviewAnswer>(await runtime.commands.execute('review/run', input, operator('api')));
  });
  app.openapi(postFeedback, async (c) => {
    const { author, ...rest } = c.req.valid('json');
    const source = clientSource(c.req.header('x-continuum-client'));
    const input = { ...rest, author: person(author), source };
    const given = await runtime.commands.execute('feedback/give', input, operator(author));
    return json<CommandOutput<'feedback/give'>>(given, 201);
  });
}

async function toChangeSet(body: PostReview, options: ApiOptions): Promise<ChangeSet> {
  if ('patch' in body) {
    return options.parsePatch(body.patch, { repo: body.repo ?? 'local/patch', title: body.title ?? 'Patch' });
  }
  const { repo: folder, base, head, name } = body;
  return options.localChangeSet({ folder, base, head, ...defined({ name }) });
}
