import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Finding } from '@continuum/contract/finding';
import type { ReviewAnswer } from '@continuum/contract/http';
import { VERSION } from '@continuum/contract/version';
import { parseRange } from '@continuum/git/local-changes';
import { toSarif } from '@continuum/review/sarif';
import type { Command } from 'commander';
import { sessionOf } from '../output.ts';

interface ReviewFlags {
  readonly repo: string;
  readonly patch?: string;
  readonly cap?: string;
  readonly dryRun?: boolean;
  readonly all?: boolean;
  readonly sarif?: string;
}

/** `continuum review main..HEAD`: what the team's personas say about a range or a patch. */
export function addReview(program: Command): void {
  program
    .command('review')
    .description('review a range of a local git repository, or a patch file')
    .argument('[range]', 'for example main..HEAD', 'HEAD~1..HEAD')
    .option('--repo <folder>', 'the work tree', '.')
    .option('--patch <file>', 'a unified diff instead of a range; - reads standard input')
    .option('--cap <n>', 'most findings posted')
    .option('--dry-run', 'judge without storing or posting')
    .option('--all', 'show withheld findings too')
    .option('--sarif <file>', 'also write the findings as SARIF 2.1.0; with --all what was withheld, suppressed')
    .action(async (range: string, flags: ReviewFlags, command: Command) => {
      const session = sessionOf(command);
      const tuning = {
        ...(flags.cap === undefined ? {} : { cap: Number(flags.cap) }),
        ...(flags.dryRun ? { dryRun: true } : {}),
      };
      const request =
        flags.patch === undefined
          ? { repo: resolve(flags.repo), ...parseRange(range), ...tuning }
          : { patch: await readPatch(flags.patch), ...tuning };
      const answer = await session.client.review(request);
      if (flags.sarif !== undefined) await writeSarif(flags.sarif, answer, flags.all ?? false);
      session.print(answer, () => toText(answer, flags.all ?? false));
    });
}

async function readPatch(file: string): Promise<string> {
  if (file !== '-') return readFile(file, 'utf8');
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

async function writeSarif(file: string, answer: ReviewAnswer, withheld: boolean): Promise<void> {
  await writeFile(file, `${JSON.stringify(toSarif(answer, { version: VERSION, withheld }), undefined, 2)}\n`);
}

function toText({ review, findings }: ReviewAnswer, all: boolean): string {
  const shown = findings.filter((finding) => all || finding.status === 'posted');
  const { files, addedLines, posted, withheld, ms } = review.stats;
  const skipped = review.skipped.map(({ path, reason }) => `  skipped ${path} (${reason})`);
  const summary = `${files} files, ${addedLines} added lines: ${posted} posted, ${withheld} withheld, ${ms} ms`;
  return [...shown.map(findingText), ...skipped, summary].join('\n');
}

function findingText(finding: Finding): string {
  const { severity, path, line, title, rule, evidence, id, status, withheldBecause, judgement } = finding;
  const state = status === 'posted' ? '' : ` [${status}: ${withheldBecause ?? ''}]`;
  const deciding = judgement.why.filter((reason) => reason.kind === 'memory' || reason.kind === 'declined');
  const why = deciding.map((reason) => `    because ${reason.text}`);
  return [
    `${severity.toUpperCase()} ${path}:${line} ${title} (${rule})${state}`,
    `    ${evidence.split('\n')[0]}`,
    ...why,
    `    ${id}`,
  ].join('\n');
}
