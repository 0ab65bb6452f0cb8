import { parseArgs } from 'node:util';
import type { ChangeSet } from '@continuum/contract/change-set';
import { ContinuumError } from '@continuum/contract/errors';
import { mean } from '../advisories/score.ts';
import { loadCorpus } from './corpus.ts';
import { curveOf, LEARNERS, type Learner, POINTS, type Point } from './curve.ts';
import type { Laboratory } from './driver.ts';
import { httpLaboratory } from './http-driver.ts';
import { inProcessLaboratory } from './in-process.ts';
import { type Recurrence, recurrenceOf } from './recurrence.ts';
import { DEV_TEAMS, HELD_OUT_TEAMS } from './teams.ts';

interface Options {
  readonly inProcess: boolean;
  readonly split: 'dev' | 'held-out';
  readonly packages: number;
  readonly seed: number;
}

/**
 * `learning-curve [--in-process] [--split held-out|dev] [--packages N] [--seed S]`: teams with hidden policies correct
 * reviews in their own words; prints accuracy on packages never seen after 0 to 200 corrections, beside three peers.
 * `--split dev` takes the packages, teams and phrasings that the learner was developed on.
 * @throws ContinuumError INVALID_INPUT for an unknown option or value.
 */
export async function runLearningCurve(args: string[]): Promise<void> {
  const options = optionsOf(args);
  const started = performance.now();
  const changes = await loadCorpus(options.split, options.packages, options.seed);
  const laboratory = await (options.inProcess ? inProcessLaboratory() : httpLaboratory());
  try {
    const curves = await learn(laboratory, changes, options);
    const once = await correctOnce(laboratory, changes, options);
    report(curves, once, { ...options, packages: changes.length, seconds: (performance.now() - started) / 1000 });
  } finally {
    await laboratory.close();
  }
}

async function learn(laboratory: Laboratory, changes: readonly ChangeSet[], options: Options): Promise<Point[][]> {
  const curves: Point[][] = [];
  for (const [index, team] of teamsOf(options).entries()) {
    const driver = await laboratory.team(team.id);
    const points = await curveOf(team, driver, changes, { wording: options.split, seed: seedOf(options, index) });
    await driver.close();
    curves.push(points);
    const last = points.at(-1);
    console.log(
      `${team.id.padEnd(24)} memory ${row(points, 'memory')}   both ${row(points, 'both')}   layers ${points.map(({ hasLayer }) => (hasLayer ? 'x' : '-')).join('')}   tfidf ${row(points, 'tfidf')}   (${last?.given ?? 0} corrections)`,
    );
  }
  return curves;
}

async function correctOnce(
  laboratory: Laboratory,
  changes: readonly ChangeSet[],
  options: Options,
): Promise<Recurrence[]> {
  const all: Recurrence[] = [];
  for (const [index, team] of teamsOf(options).entries()) {
    const how = { wording: options.split, seed: seedOf(options, index) };
    all.push(...(await recurrenceOf(team, laboratory, changes, how)));
  }
  return all;
}

function report(
  curves: readonly Point[][],
  once: readonly Recurrence[],
  settings: Options & { readonly seconds: number },
): void {
  console.log(`\nAccuracy on unseen packages, mean over ${curves.length} teams (standard error):`);
  const points = POINTS.map((n, i) => ({ n, ...byLearner((learner) => mean(column(curves, i, learner))) }));
  for (const learner of LEARNERS) {
    const cells = POINTS.map(
      (_, i) => `${figure(mean(column(curves, i, learner)))} (${figure(standardError(column(curves, i, learner)))})`,
    );
    console.log(`${learner.padEnd(18)}${cells.join('   ')}`);
  }
  const sum = (key: keyof Recurrence): number => once.reduce((total, one) => total + one[key], 0);
  const withheld = sum('withheld') / Math.max(1, sum('recurring'));
  const lost = sum('lost') / Math.max(1, sum('elsewhere'));
  console.log(
    `\nOne correction: ${sum('withheld')} of ${sum('recurring')} recurrences withheld, ${sum('lost')} of ${sum('elsewhere')} wanted findings elsewhere lost (${(lost * 100).toFixed(2)} %).`,
  );
  const { inProcess, split, packages, seed, seconds } = settings;
  const how = {
    driver: inProcess ? 'in-process' : 'http',
    split,
    packages,
    seed,
    teams: curves.length,
    seconds: Math.round(seconds),
  };
  console.log(
    JSON.stringify({
      bench: 'learning-curve',
      points: points.map(rounded),
      oneCorrection: rounded({ withheld, lost }),
      ...how,
    }),
  );
}

function row(points: readonly Point[], learner: Learner): string {
  return points.map(({ accuracy }) => figure(accuracy[learner])).join(' ');
}

function byLearner(value: (learner: Learner) => number): Record<Learner, number> {
  return {
    none: value('none'),
    memory: value('memory'),
    memory_no_reason: value('memory_no_reason'),
    layer: value('layer'),
    both: value('both'),
    tfidf: value('tfidf'),
    rule_rate: value('rule_rate'),
    knn: value('knn'),
  };
}

function column(curves: readonly Point[][], index: number, learner: Learner): number[] {
  return curves.flatMap((points) => points[index]?.accuracy[learner] ?? []);
}

/** Standard error of the mean over teams. */
export function standardError(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}

function rounded(values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Math.round(value * 10_000) / 10_000]));
}

function figure(value: number): string {
  return value.toFixed(3);
}

function teamsOf({ split }: Options): typeof DEV_TEAMS {
  return split === 'dev' ? DEV_TEAMS : HELD_OUT_TEAMS;
}

function seedOf({ seed }: Options, index: number): number {
  return seed * 1_000 + index;
}

function optionsOf(args: string[]): Options {
  const options = {
    'in-process': { type: 'boolean' },
    split: { type: 'string' },
    packages: { type: 'string' },
    seed: { type: 'string' },
  } as const;
  const { values } = parseArgs({ args, options });
  const packages = Number(values.packages ?? 32);
  const seed = Number(values.seed ?? 1);
  const split = values.split ?? 'held-out';
  if (
    !Number.isInteger(packages) ||
    packages < 4 ||
    !Number.isInteger(seed) ||
    (split !== 'dev' && split !== 'held-out')
  ) {
    throw new ContinuumError(
      'INVALID_INPUT',
      '--packages (at least 4) and --seed are whole numbers, --split is dev or held-out.',
    );
  }
  return { inProcess: values['in-process'] === true, split, packages, seed };
}
