import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContinuumError, toContinuumError } from '@continuum/contract/errors';
import type { CodeHost } from '@continuum/contract/ports/code-host';
import { createGithubHost } from '@continuum/webhook-github/code-host';
import { readTold, type Told } from '@continuum/webhook-github/told';
import { changeOf, complete, type Known } from './change.ts';
import { comment } from './comments.ts';
import { subjectOf } from './event.ts';
import { reviewHere, type Task } from './here.ts';
import { type ActionInputs, readInputs } from './inputs.ts';
import type { Outcome } from './outcome.ts';
import { type Report, report, reportNothing } from './report.ts';
import { askServer } from './server.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Reviews what the event of a workflow is about. Throws INVALID_INPUT, CONFIG_INVALID, and what the review throws. */
export async function runAction(environment: Environment): Promise<Report & { readonly failed: boolean }> {
  const inputs = readInputs(environment);
  const announced = subjectOf(inputs.eventName, await readEvent(inputs.eventPath));
  if (announced === undefined) return { ...(await reportNothing(inputs, 'Nothing to review.')), failed: false };
  const folder = await mkdtemp(join(inputs.temp ?? tmpdir(), 'continuum-'));
  try {
    const host = hostOf(inputs);
    const subject = await complete(announced, host);
    const change = await changeOf(subject, inputs.workspace, host);
    const told = await toldOf(inputs, subject);
    const outcome = await review({ inputs, subject, change, told, folder, environment });
    if (outcome === undefined) return { ...(await reportNothing(inputs, 'Nothing changed.')), failed: false };
    const spoken = await speak(inputs, subject, host, outcome, told);
    const made = await report(inputs, spoken.outcome, spoken.posted);
    return { ...made, failed: isFailed(inputs, made) };
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function review(task: Task): Promise<Outcome | undefined> {
  const { server } = task.inputs;
  return server === undefined ? reviewHere(task) : askServer(task, server);
}

async function readEvent(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch {
    throw new ContinuumError('MALFORMED_JSON', 'the file of the event is no JSON');
  }
}

function hostOf({ github }: ActionInputs): CodeHost | undefined {
  return github.token === undefined ? undefined : createGithubHost(github);
}

const NOTHING_TOLD: Told = { fingerprints: new Set(), threads: [] };

/** Of a fork's pull request nothing is asked: nothing was said there, and nobody teaches there. */
async function toldOf({ github }: ActionInputs, subject: Known): Promise<Told> {
  if (github.token === undefined || subject.kind === 'push' || subject.fork) return NOTHING_TOLD;
  return readTold(github, subject);
}

interface Spoken {
  /** Undefined when nobody was told. */
  readonly posted: number | undefined;
  readonly outcome: Outcome;
}

/** A code host that refuses a comment costs the comments, never the review. */
async function speak(
  { comment: wanted }: ActionInputs,
  subject: Known,
  host: CodeHost | undefined,
  outcome: Outcome,
  told: Told,
): Promise<Spoken> {
  if (!wanted || host === undefined || subject.kind === 'push' || subject.fork) return { posted: undefined, outcome };
  try {
    return { posted: await comment(host, subject, outcome, told), outcome };
  } catch (thrown) {
    const { message, next } = toContinuumError(thrown);
    const note = `Nothing could be said on the pull request: ${message}. ${next ?? ''}`.trim();
    return { posted: undefined, outcome: { ...outcome, notes: [...outcome.notes, note] } };
  }
}

function isFailed({ failOn }: ActionInputs, { critical, high }: Report): boolean {
  if (failOn === 'never') return false;
  return critical > 0 || (failOn === 'high' && high > 0);
}
