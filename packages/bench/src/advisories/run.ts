import { parseArgs } from 'node:util';
import type { ChangeSet } from '@continuum/contract/change-set';
import { ContinuumError } from '@continuum/contract/errors';
import { type LoadedPackage, loadSample, MAX_PACKAGES } from './corpus.ts';
import { eslintSecurityAlerts } from './peer.ts';
import { createReviewer, type Reviewer } from './review.ts';
import type { Split } from './rows.ts';
import { mean, rankOfSink, recallAt } from './score.ts';

const DEFAULT_SAMPLE = 24;
const DEFAULT_SEED = 7;
const CODE = /\.([cm]?jsx?|[cm]?tsx?|py)$/;

interface Measured {
  readonly cwe: string;
  /** Ranks of the sink from 0, -1 when absent. */
  readonly ours: number;
  readonly claimed: number;
  readonly peer: number;
  readonly claims: number;
  readonly posted: number;
  readonly alerts: number;
  readonly ms: number;
  readonly lines: number;
}

/**
 * `advisories [--sample N] [--split held-out|dev] [--seed S]`: reviews vulnerable npm releases as one change each and
 * prints how often the advisory's sink is among the posted findings.
 * @throws ContinuumError INVALID_INPUT for an unknown option or value.
 */
export async function runAdvisories(args: string[]): Promise<void> {
  const { sample, split, seed } = optionsOf(args);
  const reviewer = createReviewer();
  const measured: Measured[] = [];
  try {
    for await (const loaded of loadSample(split, sample, seed)) {
      const one = await measure(loaded, reviewer);
      measured.push(one);
      console.log(`[${measured.length}/${sample}] ${progress(loaded, one)}`);
    }
  } finally {
    await reviewer.close();
  }
  if (measured.length === 0) {
    throw new ContinuumError('CODE_HOST_UNAVAILABLE', 'None of the releases could be fetched.', {
      next: 'Check that npm reaches its registry.',
    });
  }
  report(measured, split, seed);
}

function optionsOf(args: string[]): { sample: number; split: Split; seed: number } {
  const options = { sample: { type: 'string' }, split: { type: 'string' }, seed: { type: 'string' } } as const;
  const { values } = parseArgs({ args, options });
  const sample = Number(values.sample ?? DEFAULT_SAMPLE);
  const seed = Number(values.seed ?? DEFAULT_SEED);
  const split = values.split ?? 'held-out';
  if (!Number.isInteger(sample) || sample < 1 || !Number.isInteger(seed)) {
    throw new ContinuumError('INVALID_INPUT', '--sample and --seed are whole numbers, --sample at least 1.');
  }
  if (split !== 'held-out' && split !== 'dev') {
    throw new ContinuumError('INVALID_INPUT', '--split is held-out or dev.');
  }
  return { sample: Math.min(sample, MAX_PACKAGES), split, seed };
}

async function measure({ row, change }: LoadedPackage, reviewer: Reviewer): Promise<Measured> {
  const { claims, posted, ms } = await reviewer.review(change);
  const alerts = eslintSecurityAlerts(change);
  return {
    cwe: row.cwe,
    ours: rankOfSink(posted, row, change),
    claimed: rankOfSink(claims, row, change),
    peer: rankOfSink(alerts, row, change),
    claims: claims.length,
    posted: posted.length,
    alerts: alerts.length,
    ms,
    lines: linesOf(change),
  };
}

function progress({ row }: LoadedPackage, one: Measured): string {
  const found = one.ours === -1 ? 'not posted' : `posted ${one.ours + 1}.`;
  const counts = `${one.posted} posted of ${one.claims} claims; ESLint ${one.alerts} alerts`;
  return `${row.package}@${row.version} ${row.cwe}: sink ${found} (${counts}) ${Math.round(one.ms)} ms`;
}

function linesOf(change: ChangeSet): number {
  const code = change.files.filter(({ path }) => CODE.test(path));
  return code.reduce((sum, { hunks }) => sum + hunks.reduce((lines, hunk) => lines + hunk.lines.length, 0), 0);
}

function report(measured: readonly Measured[], split: Split, seed: number): void {
  const ours = measured.map((one) => one.ours);
  const peer = measured.map((one) => one.peer);
  const summary = {
    bench: 'advisories',
    n: measured.length,
    split,
    seed,
    recallAt3: share(recallAt(ours, 3)),
    recallAt10: share(recallAt(ours, 10)),
    recallPosted: share(recallAt(ours, Number.POSITIVE_INFINITY)),
    recallClaims: share(
      recallAt(
        measured.map((one) => one.claimed),
        Number.POSITIVE_INFINITY,
      ),
    ),
    claimsPerPackage: share(mean(measured.map((one) => one.claims))),
    postedPerPackage: share(mean(measured.map((one) => one.posted))),
    postedPerPackageAt3: share(mean(measured.map((one) => Math.min(3, one.posted)))),
    msPerKloc: share(
      (1000 * mean(measured.map((one) => one.ms))) / Math.max(1, mean(measured.map((one) => one.lines))),
    ),
    byCwe: byCwe(measured),
    eslint: {
      recallAt3: share(recallAt(peer, 3)),
      recallAt10: share(recallAt(peer, 10)),
      recall: share(recallAt(peer, Number.POSITIVE_INFINITY)),
      alertsPerPackage: share(mean(measured.map((one) => one.alerts))),
    },
  };
  printTable(summary);
  console.log(JSON.stringify(summary));
}

function byCwe(
  measured: readonly Measured[],
): Record<string, { n: number; at3: number; at10: number; eslint: number }> {
  const groups = Map.groupBy(measured, ({ cwe }) => cwe);
  return Object.fromEntries(
    [...groups]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([cwe, rows]) => {
        const ours = rows.map((row) => row.ours);
        const eslint = share(
          recallAt(
            rows.map((row) => row.peer),
            Number.POSITIVE_INFINITY,
          ),
        );
        return [cwe, { n: rows.length, at3: share(recallAt(ours, 3)), at10: share(recallAt(ours, 10)), eslint }];
      }),
  );
}

function printTable(summary: {
  recallAt3: number;
  recallAt10: number;
  recallPosted: number;
  recallClaims: number;
  claimsPerPackage: number;
  postedPerPackage: number;
  msPerKloc: number;
  byCwe: ReturnType<typeof byCwe>;
  eslint: { recallAt3: number; recall: number; alertsPerPackage: number };
}): void {
  const { eslint } = summary;
  console.log('\nsink recall          at 3   at 10  posted  claimed   alerts per package');
  console.log(
    `Continuum            ${[summary.recallAt3, summary.recallAt10, summary.recallPosted, summary.recallClaims].map(percent).join('  ')}   ${summary.claimsPerPackage} claimed, ${summary.postedPerPackage} over the threshold, at most 3 or 10 posted`,
  );
  console.log(
    `ESLint security      ${percent(eslint.recallAt3)}                  ${percent(eslint.recall)}   ${eslint.alertsPerPackage}`,
  );
  for (const [cwe, row] of Object.entries(summary.byCwe)) {
    console.log(
      `${`${cwe} (${row.n})`.padEnd(20)} ${percent(row.at3)}  ${percent(row.at10)}           ESLint uncapped ${percent(row.eslint)}`,
    );
  }
  console.log(`${summary.msPerKloc} ms per 1,000 lines\n`);
}

function percent(value: number): string {
  return `${(100 * value).toFixed(0)} %`.padStart(5);
}

function share(value: number): number {
  return Math.round(value * 1000) / 1000;
}
