import type { CandidateFinding } from '@continuum/contract/finding';
import { CLAUSES, type Clause, type ClauseName, type Wording } from './clauses.ts';

/** A team declines a finding when any of its clauses speaks against it; within a clause all parts have to. */
export interface Team {
  readonly id: string;
  readonly clauses: readonly (readonly ClauseName[])[];
}

/** The learner was developed on these. */
export const DEV_TEAMS: readonly Team[] = [
  { id: 'no-tests-no-dist', clauses: [['tests'], ['buildOutput']] },
  { id: 'loop-indexes', clauses: [['loopIndex'], ['tests']] },
  { id: 'reads', clauses: [['readOnly']] },
  { id: 'severe-only', clauses: [['lowSeverity'], ['tests']] },
  { id: 'files-are-our-job', clauses: [['fileRules'], ['readOnly', 'trustedOrigin']] },
  { id: 'outside-values-only', clauses: [['trustedOrigin']] },
  { id: 'private-helpers', clauses: [['privateHelper'], ['loopIndex']] },
  { id: 'options', clauses: [['optionsObjects']] },
  { id: 'guards', clauses: [['guarded'], ['buildOutput']] },
  { id: 'merge', clauses: [['mergeHelpers'], ['regexRules']] },
];

/**
 * The published figures are about these, on other packages and in other words. Their clauses, in the `dev` words and on
 * `dev` packages, were seen when the learner's scales were chosen.
 */
export const HELD_OUT_TEAMS: readonly Team[] = [
  { id: 'library-in-production', clauses: [['tests'], ['buildOutput'], ['tooling']] },
  { id: 'counters', clauses: [['loopIndex'], ['regexRules']] },
  { id: 'writes-only', clauses: [['readOnly'], ['tests']] },
  { id: 'quiet', clauses: [['lowSeverity'], ['fileRules']] },
  { id: 'file-server', clauses: [['fileRules'], ['loopIndex']] },
  { id: 'own-values', clauses: [['trustedOrigin'], ['tooling']] },
  { id: 'sanitizer-framework', clauses: [['sanitized'], ['guarded']] },
  { id: 'public-surface', clauses: [['privateHelper'], ['tests']] },
  { id: 'integrators-options', clauses: [['optionsObjects'], ['buildOutput']] },
  { id: 'object-copying', clauses: [['mergeHelpers'], ['readOnly']] },
  { id: 'own-state', clauses: [['ownState'], ['loopIndex']] },
  { id: 'maintained-folders', clauses: [['deepFolders']] },
  {
    id: 'minor-reads',
    clauses: [
      ['lowSeverity', 'readOnly'],
      ['regexRules', 'buildOutput'],
    ],
  },
  {
    id: 'internal-and-guarded',
    clauses: [
      ['privateHelper', 'trustedOrigin'],
      ['guarded', 'readOnly'],
    ],
  },
];

/** The truth of a team: does it want to see the finding? */
export function wants(team: Team, finding: CandidateFinding): boolean {
  return !team.clauses.some((parts) => parts.every((name) => clause(name).against(finding)));
}

/** The words a member of the team would give as the reason of its verdict, all phrasings of the clauses that decide. */
export function reasonsOf(team: Team, finding: CandidateFinding, wording: Wording): readonly string[] {
  const deciding = team.clauses.filter((parts) => parts.every((name) => clause(name).against(finding)));
  if (deciding.length === 0) return affirmations(team, finding, wording);
  return deciding.flatMap((parts) => conjoined(parts.map((name) => clause(name).decline[wording])));
}

function affirmations(team: Team, finding: CandidateFinding, wording: Wording): readonly string[] {
  const names = team.clauses.flat().filter((name) => !clause(name).against(finding));
  return names.flatMap((name) => clause(name).affirm[wording]);
}

/** Phrasings that name every part: "a nit, and we merely look something up". */
function conjoined(parts: readonly (readonly string[])[]): readonly string[] {
  const [first = [], ...rest] = parts;
  return first.map((text, i) => [text, ...rest.map((other) => other[i % other.length] ?? '')].join(', and '));
}

function clause(name: ClauseName): Clause {
  return CLAUSES[name];
}
