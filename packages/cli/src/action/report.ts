import { appendFile } from 'node:fs/promises';
import type { Finding, Severity } from '@continuum/contract/finding';
import { VERSION } from '@continuum/contract/version';
import { stands, toSarif } from '@continuum/review/sarif';
import { escapeText } from '@continuum/room/escape';
import { renderSummary } from '@continuum/room/summary';
import { writeInside } from './files.ts';
import type { ActionInputs } from './inputs.ts';
import type { Outcome } from './outcome.ts';
import { annotation, output } from './workflow-commands.ts';

/** Numbers of one run, as its outputs give them. */
export interface Report {
  /** That stand, whenever they were told. */
  readonly findings: number;
  readonly critical: number;
  readonly high: number;
  /** New comments on the pull request. */
  readonly posted: number;
  /** Lessons that the repository does not keep yet. */
  readonly lessons: number;
  readonly sarifFile: string;
  /** Empty when there is nothing new to keep. */
  readonly lessonsFile: string;
}

/** Annotations of one kind that a step may make. */
const MOST_ANNOTATIONS = 10;

/** Writes SARIF, lessons, the summary of the step and its outputs. Findings that nobody was told of become annotations. */
export async function report(inputs: ActionInputs, outcome: Outcome, posted: number | undefined): Promise<Report> {
  const { workspace } = inputs;
  const open = outcome.findings.filter(stands);
  const sarif = `${JSON.stringify(toSarif(outcome, { version: VERSION }), undefined, 2)}\n`;
  await writeInside(workspace, inputs.sarifFile, sarif);
  if (outcome.lessons !== undefined) await writeInside(workspace, inputs.lessonsFile, outcome.lessons.jsonl);
  if (posted === undefined) for (const finding of open.slice(0, MOST_ANNOTATIONS)) console.log(annotation(finding));
  const made: Report = {
    findings: open.length,
    critical: count(open, 'critical'),
    high: count(open, 'high'),
    posted: posted ?? 0,
    lessons: outcome.lessons?.added ?? 0,
    sarifFile: inputs.sarifFile,
    lessonsFile: outcome.lessons === undefined ? '' : inputs.lessonsFile,
  };
  await summarize(inputs, outcome, made);
  await writeOutputs(inputs, made);
  return made;
}

/** The outputs of a run that had nothing to review. */
export async function reportNothing(inputs: ActionInputs, why: string): Promise<Report> {
  const made = { findings: 0, critical: 0, high: 0, posted: 0, lessons: 0, sarifFile: '', lessonsFile: '' };
  if (inputs.summaryFile !== undefined) await appendFile(inputs.summaryFile, `${why}\n`);
  await writeOutputs(inputs, made);
  return made;
}

function count(findings: readonly Finding[], severity: Severity): number {
  return findings.filter((finding) => finding.severity === severity).length;
}

async function summarize(
  { summaryFile }: ActionInputs,
  outcome: Outcome,
  { lessons, lessonsFile }: Report,
): Promise<void> {
  if (summaryFile === undefined) return;
  const learned = `Learned ${lessons} from answers on this pull request: commit \`${lessonsFile}\` to keep it.`;
  const notes = [...outcome.notes, ...(lessons === 0 ? [] : [learned])].map((note) => `> ${escapeText(note)}`);
  await appendFile(summaryFile, `${[renderSummary(outcome), ...notes].join('\n\n')}\n`);
}

async function writeOutputs({ outputFile }: ActionInputs, made: Report): Promise<void> {
  if (outputFile === undefined) return;
  const named = {
    ...{
      findings: made.findings,
      critical: made.critical,
      high: made.high,
      posted: made.posted,
      lessons: made.lessons,
    },
    ...{ 'sarif-file': made.sarifFile, 'lessons-file': made.lessonsFile },
  };
  const lines = Object.entries(named).map(([name, value]) => output(name, String(value)));
  await appendFile(outputFile, lines.join(''));
}
