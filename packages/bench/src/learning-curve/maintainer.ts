import type { CandidateFinding } from '@continuum/contract/finding';
import { mulberry32 } from '../advisories/rows.ts';
import type { Wording } from './clauses.ts';
import { reasonsOf, type Team, wants } from './teams.ts';

/** What a maintainer answers to one finding. */
export interface Reply {
  readonly verdict: 'right' | 'wrong';
  readonly reason: string;
}

const LABEL_NOISE = 0.05;
const SILENT = 0.15;
const VAGUE = 0.1;
const MISLEADING = 0.05;
const EMPTY_PHRASES = {
  wrong: ['no', 'not this one', 'nope, leave it', "don't think so", 'we are fine with that', '👎'],
  right: ['yes', 'thanks', 'good catch', 'will fix', 'ok', '👍'],
} as const;
const OFF_TOPIC = [
  'see the discussion in the other thread about the release',
  'the build was red because of this yesterday',
  'ask Tom, he wrote the loop in the parser',
  'unrelated, but the tests of that module are slow',
  'will move to TypeScript next quarter anyway',
] as const;

/** A person of the team: consistent up to 5 % slips, giving the reason in seven of ten replies. Deterministic under `seed`. */
export class Maintainer {
  readonly #team: Team;
  readonly #wording: Wording;
  readonly #random: () => number;

  constructor(team: Team, wording: Wording, seed: number) {
    this.#team = team;
    this.#wording = wording;
    this.#random = mulberry32(seed);
  }

  /** The reply to a finding; every call draws anew. */
  reply(finding: CandidateFinding): Reply {
    const slip = this.#random() < LABEL_NOISE;
    const wanted = wants(this.#team, finding) !== slip;
    const verdict = wanted ? 'right' : 'wrong';
    return { verdict, reason: this.#reason(finding, verdict, slip) };
  }

  #reason(finding: CandidateFinding, verdict: 'right' | 'wrong', slip: boolean): string {
    const kind = this.#random();
    if (kind < SILENT) return '';
    if (kind < SILENT + VAGUE || slip) return this.#pick(EMPTY_PHRASES[verdict]);
    if (kind < SILENT + VAGUE + MISLEADING) return this.#pick(OFF_TOPIC);
    return this.#pick(reasonsOf(this.#team, finding, this.#wording));
  }

  #pick(options: readonly string[]): string {
    return options[Math.floor(this.#random() * options.length)] ?? '';
  }
}
