import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { type Env, paginate, refuse, repoAt } from './answers.ts';
import { toAnnotation, toCheck } from './checks.ts';
import { envelope } from './conversation.ts';
import type { Deliveries } from './deliveries.ts';
import type { RepoState, State, StoredCheck } from './state.ts';

/** GitHub refuses a request with more annotations. */
const MOST_ANNOTATIONS = 50;

const Annotation = z.object({
  path: z.string().min(1),
  start_line: z.number().int().positive(),
  end_line: z.number().int().positive(),
  annotation_level: z.enum(['notice', 'warning', 'failure']),
  message: z.string().min(1).max(65_536),
  title: z.string().max(255).nullish(),
});
const Changes = z.object({
  name: z.string().optional(),
  details_url: z.string().optional(),
  external_id: z.string().optional(),
  status: z.enum(['queued', 'in_progress', 'completed']).optional(),
  conclusion: z
    .enum(['action_required', 'cancelled', 'failure', 'neutral', 'success', 'skipped', 'stale', 'timed_out'])
    .optional(),
  output: z
    .object({
      title: z.string().min(1).optional(),
      summary: z.string().max(65_535),
      annotations: z.array(Annotation).max(MOST_ANNOTATIONS).default([]),
    })
    .optional(),
});
type Changes = z.output<typeof Changes>;
const Creation = Changes.extend({ name: z.string().min(1), head_sha: z.string() });

interface Checks {
  readonly state: State;
  readonly deliveries: Deliveries;
  readonly bot: string;
}

/** Check runs: made and changed by the system, read by anybody. */
export function addChecks(app: Hono<Env>, checks: Checks): void {
  const { state } = checks;
  const path = '/repos/:owner/:repo';
  const onRun = (c: Context<Env>, answer: (repo: RepoState, run: StoredCheck) => Response | Promise<Response>) => {
    const repo = repoAt(c, state);
    const run = repo?.checks.find(({ id }) => id === Number(c.req.param('run')));
    return repo === undefined || run === undefined ? refuse(c, 404, 'Not Found') : answer(repo, run);
  };
  app.post(`${path}/check-runs`, (c) => create(c, checks));
  app.patch(`${path}/check-runs/:run`, (c) => onRun(c, (repo, run) => update(c, checks, repo, run)));
  app.get(`${path}/check-runs/:run`, (c) => onRun(c, (repo, run) => c.json(toCheck(state, repo, run))));
  app.get(`${path}/check-runs/:run/annotations`, (c) =>
    onRun(c, (repo, run) => paginate(c, state, run.annotations, (one) => toAnnotation(state, repo, run.head, one))),
  );
  app.get(`${path}/commits/:ref/check-runs`, async (c) => {
    const repo = repoAt(c, state);
    const head = await repo?.git.resolve(c.req.param('ref'));
    if (repo === undefined || head === undefined)
      return refuse(c, 422, `No commit found for SHA: ${c.req.param('ref')}`);
    return listRuns(c, state, repo, head);
  });
}

async function create(c: Context<Env>, { state, deliveries, bot }: Checks): Promise<Response> {
  const repo = repoAt(c, state);
  if (repo === undefined) return refuse(c, 404, 'Not Found');
  const parsed = Creation.safeParse(await c.req.json().catch(() => undefined));
  if (!parsed.success) return invalid(c, parsed.error);
  const { name, head_sha: head } = parsed.data;
  if ((await repo.git.resolve(head)) !== head) return refuse(c, 422, `No commit found for SHA: ${head}`);
  const run: StoredCheck = {
    ...{ id: state.nextId(), name, head, app: bot.replace(/\[bot\]$/, ''), externalId: '', detailsUrl: null },
    ...{ status: 'queued', conclusion: null, startedAt: state.now(), completedAt: null },
    ...{ title: null, summary: null, annotations: [] },
  };
  repo.checks.push(run);
  change(state, run, parsed.data);
  announceCheck(state, deliveries, repo, run, 'created', bot);
  return c.json(toCheck(state, repo, run), 201);
}

async function update(
  c: Context<Env>,
  { state, deliveries, bot }: Checks,
  repo: RepoState,
  run: StoredCheck,
): Promise<Response> {
  const parsed = Changes.safeParse(await c.req.json().catch(() => undefined));
  if (!parsed.success) return invalid(c, parsed.error);
  if (`${run.app}[bot]` !== bot)
    return refuse(
      c,
      403,
      'Invalid app_id `424242` - check run can only be modified by the GitHub App that created it.',
    );
  const before = run.status;
  change(state, run, parsed.data);
  if (run.status === 'completed' && before !== 'completed')
    announceCheck(state, deliveries, repo, run, 'completed', bot);
  return c.json(toCheck(state, repo, run));
}

/** Annotations are added to those before, never replaced. */
function change(state: State, run: StoredCheck, changes: Changes): void {
  const { status, conclusion, output, external_id: externalId, details_url: detailsUrl } = changes;
  // A conclusion completes a run by itself.
  run.status = conclusion !== undefined ? 'completed' : (status ?? run.status);
  run.conclusion = run.status === 'completed' ? (conclusion ?? run.conclusion) : null;
  run.completedAt = run.status === 'completed' ? (run.completedAt ?? state.now()) : null;
  run.externalId = externalId ?? run.externalId;
  run.detailsUrl = detailsUrl ?? run.detailsUrl;
  if (output === undefined) return;
  run.title = output.title ?? run.title;
  run.summary = output.summary;
  run.annotations.push(...output.annotations.map((one) => ({ ...one, title: one.title ?? null, raw_details: null })));
}

/** The `check_run` webhook. */
export function announceCheck(
  state: State,
  deliveries: Deliveries,
  repo: RepoState,
  run: StoredCheck,
  action: string,
  by: string,
): void {
  void deliveries.send('check_run', { action, check_run: toCheck(state, repo, run), ...envelope(state, repo, by) });
}

function listRuns(c: Context<Env>, state: State, repo: RepoState, head: string): Response {
  const name = c.req.query('check_name');
  const all = repo.checks.filter((run) => run.head === head && (name === undefined || run.name === name)).reverse();
  const isLatest = (run: StoredCheck): boolean =>
    all.find((one) => one.name === run.name && one.app === run.app) === run;
  const shown = c.req.query('filter') === 'all' ? all : all.filter(isLatest);
  return paginate(c, state, shown, (run) => toCheck(state, repo, run), 'check_runs');
}

function invalid(c: Context<Env>, error: z.ZodError): Response {
  return refuse(
    c,
    422,
    'Invalid request.',
    error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
  );
}
