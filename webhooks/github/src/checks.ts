import type { Annotation, CodeHost } from '@continuum/contract/ports/code-host';
import type { Octokit } from 'octokit';
import type { Clients } from './clients.ts';
import { cutText } from './markers.ts';
import { ownerAndName } from './names.ts';

type CheckInput = Parameters<CodeHost['publishCheck']>[0];
type Posted = Awaited<ReturnType<CodeHost['publishCheck']>>;
type Run = Awaited<ReturnType<Octokit['rest']['checks']['get']>>['data'];

export const CHECK_NAME = 'Continuum';
/** GitHub takes this many annotations in one request; the rest is added by further ones. */
const BATCH = 50;
const LIMITS = { title: 255, summary: 65_535, message: 64_000 };

/** The one check run of a pull request's head: found again by its `external_id`, made otherwise. */
export async function publishCheck(clients: Clients, input: CheckInput): Promise<Posted> {
  const octokit = await clients.for(input.repo);
  const existing = await findRun(clients, octokit, input);
  const missing = await missingAnnotations(octokit, input, existing);
  if (existing !== undefined && missing.length === 0 && says(existing, input)) return toPosted(existing);
  const [first = [], ...rest] = batches(missing);
  let run = await write(octokit, input, existing, { annotations: first, isLast: rest.length === 0 });
  for (const [nth, annotations] of rest.entries()) {
    run = await write(octokit, input, run, { annotations, isLast: nth === rest.length - 1 });
  }
  return toPosted(run);
}

/** Two pull requests may have one head; each has its own run there. */
function externalIdOf({ repo, pr, head }: CheckInput): string {
  return `continuum:${repo}#${pr}@${head}`;
}

async function findRun(clients: Clients, octokit: Octokit, input: CheckInput): Promise<Run | undefined> {
  const where = { ...ownerAndName(input.repo), ref: input.head, check_name: CHECK_NAME };
  const runs = await octokit.paginate(octokit.rest.checks.listForRef, { ...where, filter: 'all', per_page: 100 });
  const self = await clients.self();
  const isOwn = ({ app }: Run): boolean => self === undefined || app?.slug === undefined || `${app.slug}[bot]` === self;
  return runs.find((run) => run.external_id === externalIdOf(input) && isOwn(run));
}

/** What an earlier attempt, or an earlier review of the same head, did not show yet. */
async function missingAnnotations(
  octokit: Octokit,
  { repo, annotations }: CheckInput,
  run: Run | undefined,
): Promise<Sent[]> {
  const wanted = [...new Map(annotations.map(toSent).map((one) => [identity(one), one])).values()];
  if (run === undefined || wanted.length === 0 || run.output.annotations_count === 0) return wanted;
  const where = { ...ownerAndName(repo), check_run_id: run.id, per_page: 100 };
  const shown = new Set((await octokit.paginate(octokit.rest.checks.listAnnotations, where)).map(identity));
  return wanted.filter((one) => !shown.has(identity(one)));
}

interface Sent {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly annotation_level: Annotation['level'];
  readonly title: string;
  readonly message: string;
}

function toSent({ path, startLine, endLine, level, title, message }: Annotation): Sent {
  return {
    ...{ path, start_line: startLine, end_line: endLine, annotation_level: level },
    title: cutText(title, LIMITS.title),
    message: cutText(message, LIMITS.message),
  };
}

function identity(one: Pick<Sent, 'path' | 'start_line'> & { title: string | null; message: string | null }): string {
  return JSON.stringify([one.path, one.start_line, one.title, one.message]);
}

function batches(annotations: readonly Sent[]): Sent[][] {
  return Array.from({ length: Math.ceil(annotations.length / BATCH) }, (_, nth) =>
    annotations.slice(nth * BATCH, (nth + 1) * BATCH),
  );
}

/** A run that still lacks annotations is not done, whatever its review is. */
async function write(
  octokit: Octokit,
  input: CheckInput,
  run: Run | undefined,
  { annotations, isLast }: { readonly annotations: Sent[]; readonly isLast: boolean },
): Promise<Run> {
  const where = ownerAndName(input.repo);
  const isDone = input.status === 'completed' && isLast;
  const state = isDone
    ? { status: 'completed' as const, conclusion: input.conclusion ?? 'neutral' }
    : { status: 'in_progress' as const };
  const output = { ...textOf(input), annotations };
  if (run !== undefined) {
    return (await octokit.rest.checks.update({ ...where, check_run_id: run.id, ...state, output })).data;
  }
  const made = { name: CHECK_NAME, head_sha: input.head, external_id: externalIdOf(input) };
  return (await octokit.rest.checks.create({ ...where, ...made, ...state, output })).data;
}

function textOf({ title, summary }: CheckInput): { title: string; summary: string } {
  return { title: cutText(title, LIMITS.title), summary: cutText(summary, LIMITS.summary) };
}

function says({ status, conclusion, output }: Run, input: CheckInput): boolean {
  const { title, summary } = textOf(input);
  const wanted = input.status === 'completed' ? (input.conclusion ?? 'neutral') : null;
  return status === input.status && conclusion === wanted && output.title === title && output.summary === summary;
}

function toPosted(run: Run): Posted {
  return { externalId: String(run.id), url: run.html_url ?? undefined };
}
