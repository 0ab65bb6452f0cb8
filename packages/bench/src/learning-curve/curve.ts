import type { ChangeSet } from '@continuum/contract/change-set';
import type { Arm } from '@continuum/contract/command';
import { shuffled } from '../advisories/rows.ts';
import type { Wording } from './clauses.ts';
import { halves, MOST_LESSONS, MOST_QUESTIONS, sampleOf } from './corpus.ts';
import type { Reviewed, TeamDriver } from './driver.ts';
import { Maintainer } from './maintainer.ts';
import { knnPeer, type Labelled, type Peer, ruleRatePeer, tfidfPeer } from './peers.ts';
import { type Team, wants } from './teams.ts';

/** Corrections after which a team is scored. */
export const POINTS = [0, 20, 50, 100, 200] as const;
export const LEARNERS = ['none', 'memory', 'memory_no_reason', 'layer', 'both', 'tfidf', 'rule_rate', 'knn'] as const;
export type Learner = (typeof LEARNERS)[number];

/** Accuracy in [0, 1] on packages never seen. */
export interface Point {
  readonly n: number;
  /** Corrections really given: less than `n` where the packages had no more findings. */
  readonly given: number;
  readonly accuracy: Readonly<Record<Learner, number>>;
  /** A layer passed its gates. */
  readonly hasLayer: boolean;
}

const PEERS = { tfidf: tfidfPeer, rule_rate: ruleRatePeer, knn: knnPeer } as const;

/** Teaches one team and scores every learner at each point. A peer that knows nothing yet decides like `none`. */
export async function curveOf(
  team: Team,
  driver: TeamDriver,
  changes: readonly ChangeSet[],
  options: { readonly wording: Wording; readonly seed: number },
): Promise<Point[]> {
  const { learn, unseen } = halves(changes, options.seed);
  const lessons: Reviewed[] = [];
  for (const change of learn) lessons.push(...sampleOf(await driver.review(change), MOST_LESSONS, options.seed));
  const maintainer = new Maintainer(team, options.wording, options.seed);
  const queue = shuffled(lessons, options.seed);
  const seen: Labelled[] = [];
  const none = await exam(driver, unseen, 'none', options.seed);
  const points: Point[] = [];
  for (const n of POINTS) {
    while (seen.length < n) {
      const next = queue[seen.length];
      if (next === undefined) break;
      const reply = maintainer.reply(next.finding);
      await driver.correct(next.id, reply);
      seen.push({ finding: next.finding, wanted: reply.verdict === 'right' });
    }
    const arm = async (name: Arm): Promise<Reviewed[]> =>
      n === 0 ? [...none] : exam(driver, unseen, name, options.seed);
    const hasLayer = n > 0 && (await driver.train());
    points.push({ n, given: seen.length, hasLayer, accuracy: await examine(team, none, arm, seen) });
  }
  return points;
}

async function examine(
  team: Team,
  none: readonly Reviewed[],
  decide: (arm: Arm) => Promise<Reviewed[]>,
  seen: readonly Labelled[],
): Promise<Record<Learner, number>> {
  const peer = (taught: (seen: readonly Labelled[]) => Peer): number => {
    const verdict = taught(seen);
    return accuracy(
      team,
      none.map((one) => ({ ...one, posted: verdict(one.finding) ?? one.posted })),
    );
  };
  return {
    none: accuracy(team, none),
    memory: accuracy(team, await decide('memory')),
    memory_no_reason: accuracy(team, await decide('memory_no_reason')),
    layer: accuracy(team, await decide('layer')),
    both: accuracy(team, await decide('both')),
    tfidf: peer(PEERS.tfidf),
    rule_rate: peer(PEERS.rule_rate),
    knn: peer(PEERS.knn),
  };
}

async function exam(driver: TeamDriver, unseen: readonly ChangeSet[], arm: Arm, seed: number): Promise<Reviewed[]> {
  const all: Reviewed[] = [];
  for (const change of unseen) all.push(...sampleOf(byPlace(await driver.decide(change, arm)), MOST_QUESTIONS, seed));
  return all;
}

/** Reviews answer in order of rank, which the arms change; the exam has to be the same for all. */
function byPlace(reviewed: readonly Reviewed[]): Reviewed[] {
  const place = ({ finding: { path, line, column, rule } }: Reviewed): string =>
    JSON.stringify([path, String(line).padStart(6, '0'), String(column).padStart(6, '0'), rule]);
  return reviewed.toSorted((a, b) => (place(a) < place(b) ? -1 : place(a) > place(b) ? 1 : 0));
}

function accuracy(team: Team, exam: readonly Reviewed[]): number {
  const right = exam.filter(({ finding, posted }) => posted === wants(team, finding)).length;
  return exam.length === 0 ? 0 : right / exam.length;
}
