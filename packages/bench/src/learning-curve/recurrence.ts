import type { ChangeSet } from '@continuum/contract/change-set';
import type { CandidateFinding } from '@continuum/contract/finding';
import { shuffled } from '../advisories/rows.ts';
import type { Wording } from './clauses.ts';
import { halves } from './corpus.ts';
import type { Laboratory, Reviewed, TeamDriver } from './driver.ts';
import { reasonsOf, type Team, wants } from './teams.ts';

/** What one single correction does on packages never seen. */
export interface Recurrence {
  /** Findings with the same rule and structure that the team does not want, and how many of them are withheld. */
  readonly recurring: number;
  readonly withheld: number;
  /** Wanted findings of another structure that were posted before, and how many are no longer. */
  readonly elsewhere: number;
  readonly lost: number;
}

const CORRECTIONS = 2;
/** Packages read before the correction is given. */
const READ = 3;

/** Gives single corrections with a reason, each to a team that has said nothing yet, and looks at what changes. */
export async function recurrenceOf(
  team: Team,
  laboratory: Laboratory,
  changes: readonly ChangeSet[],
  options: { readonly wording: Wording; readonly seed: number },
): Promise<Recurrence[]> {
  const { learn, unseen } = halves(changes, options.seed);
  const before = await decideAll(await laboratory.team(`${team.id}-before`), unseen);
  const results: Recurrence[] = [];
  for (let i = 0; i < CORRECTIONS; i += 1) {
    const driver = await laboratory.team(`${team.id}-once-${i}`);
    const change = shuffled(learn, options.seed + i).slice(0, READ);
    const reviewed: Reviewed[] = [];
    for (const one of change) reviewed.push(...(await driver.review(one)));
    const unwanted = shuffled(
      reviewed.filter(({ finding }) => !wants(team, finding)),
      options.seed + i,
    )[0];
    if (unwanted === undefined) continue;
    const reasons = reasonsOf(team, unwanted.finding, options.wording);
    await driver.correct(unwanted.id, { verdict: 'wrong', reason: reasons[(options.seed + i) % reasons.length] ?? '' });
    results.push(compare(team, unwanted.finding, before, await decideAll(driver, unseen)));
  }
  return results;
}

async function decideAll(driver: TeamDriver, changes: readonly ChangeSet[]): Promise<Map<string, Reviewed>> {
  const all = new Map<string, Reviewed>();
  for (const change of changes) {
    for (const one of await driver.decide(change, 'both')) {
      const { rule, path, line, column } = one.finding;
      all.set(JSON.stringify([change.title, rule, path, line, column]), one);
    }
  }
  return all;
}

function compare(
  team: Team,
  corrected: CandidateFinding,
  before: ReadonlyMap<string, Reviewed>,
  after: ReadonlyMap<string, Reviewed>,
): Recurrence {
  const structure = structureOf(corrected);
  const counts = { recurring: 0, withheld: 0, elsewhere: 0, lost: 0 };
  for (const [place, { finding, posted }] of after) {
    const same = structureOf(finding) === structure;
    const wanted = wants(team, finding);
    if (same && !wanted) counts.recurring += 1;
    if (same && !wanted && !posted) counts.withheld += 1;
    if (same || !wanted || before.get(place)?.posted !== true) continue;
    counts.elsewhere += 1;
    if (!posted) counts.lost += 1;
  }
  return counts;
}

/** The same rule, in the same kind of file, about a value of the same kind: where a person would say "again?". */
function structureOf({ rule, facts }: CandidateFinding): string {
  const { pathClass, role, origins, guards, sanitizers, callee } = facts;
  return JSON.stringify([rule, pathClass, role, origins, guards, sanitizers, callee]);
}
