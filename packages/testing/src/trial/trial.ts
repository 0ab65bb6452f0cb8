import { ContinuumClient } from '@continuum/sdk/client';
import type { LaunchedKind } from '../system.ts';
import { isWhole, type Outcome, untilWhole } from './check.ts';
import { type Kill, killOneOfEach } from './kills.ts';
import { type Load, type LoadOptions, startLoad } from './load.ts';
import { startWorld, type World } from './world.ts';

const KINDS: readonly LaunchedKind[] = ['intake', 'persona', 'training', 'genome', 'gateway'];
/** An effect that was in hand at a kill is another's after two minutes; the rest is much faster. */
const LIMIT_MS = 300_000;

export interface TrialOptions extends LoadOptions {
  /** Processes of each kind. */
  readonly each: number;
  /** Whether one of each kind is killed with -9 meanwhile. */
  readonly kills: boolean;
}

export interface TrialResult {
  readonly passed: boolean;
  /** What happened, for people. */
  readonly text: string;
}

/**
 * Starts a whole deployment on this machine, puts a load on it, kills one process of each kind, waits until all is done and
 * says whether everything happened once. Stops all it started.
 */
export async function runTrial(options: TrialOptions, say: (line: string) => void): Promise<TrialResult> {
  say('starting three NATS servers, PostgreSQL and a fake GitHub ...');
  const world = await startWorld();
  try {
    say(`starting ${options.each} processes of each of ${KINDS.join(', ')} ...`);
    await Promise.all(KINDS.flatMap((kind) => launchAll(world, kind, options.each)));
    say(`${options.pulls} pull requests ...`);
    const began = performance.now();
    const load = startLoad(world.github, options);
    const progress = () => ({ share: load.opened.length / options.pulls, opened: load.opened.length });
    const kills = options.kills ? await killOneOfEach(world.deployment, KINDS, progress) : [];
    await load.done;
    await world.github.settled();
    const loadedMs = performance.now() - began;
    say('all are opened; waiting until all is done ...');
    const outcome = await untilWhole(() => gatewayOf(world), world.github, load.opened, LIMIT_MS);
    const allMs = performance.now() - began;
    const passed = isWhole(outcome) && world.front.counts.refused === 0;
    return { passed, text: report({ options, world, load, kills, outcome, loadedMs, allMs, passed }) };
  } finally {
    await world.stop();
  }
}

function launchAll({ deployment }: World, kind: LaunchedKind, count: number): Promise<unknown>[] {
  return Array.from({ length: count }, (_, index) => deployment.launch(kind, `${kind}-${index + 1}`));
}

function gatewayOf({ deployment }: World): ContinuumClient {
  const found = [...deployment.running()].find(([name]) => name.startsWith('gateway'));
  if (found === undefined) throw new Error('no gateway runs');
  return new ContinuumClient({ url: found[1].url });
}

interface Report {
  readonly options: TrialOptions;
  readonly world: World;
  readonly load: Load;
  readonly kills: readonly Kill[];
  readonly outcome: Outcome;
  readonly loadedMs: number;
  readonly allMs: number;
  readonly passed: boolean;
}

function report({ options, world, load, kills, outcome, loadedMs, allMs, passed }: Report): string {
  const { requests, elsewhere, refused, doubled } = world.front.counts;
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  const tallyRow = (name: string, { none, once, more }: Outcome['reviews']): string =>
    row(name, `${once} once, ${none} never, ${more} more than once`);
  return [
    row('pull requests', `${load.opened.length} of ${options.pulls}`),
    row('deliveries', `${requests}, ${load.duplicates} sent again, ${doubled} sent to two intakes at once`),
    row('proxy', `${elsewhere} tried at another intake, ${refused} refused`),
    ...kills.map(({ name, after, backAfterMs }) =>
      row('kill -9', `${name} after ${after} pull requests, back after ${seconds(backAfterMs)}`),
    ),
    tallyRow('reviews', outcome.reviews),
    tallyRow('inline comments', outcome.inlineComments),
    tallyRow('summaries', outcome.summaries),
    row('dead letters', String(outcome.deadLetters)),
    row('time', `${seconds(loadedMs)} to open all, ${seconds(allMs)} until all was done`),
    row('result', passed ? 'everything once' : 'NOT as it should be'),
  ].join('\n');
}

function row(name: string, text: string): string {
  return `${name.padEnd(18)}${text}`;
}
