import type { ChangeSet } from '@continuum/contract/change-set';
import type { Arm } from '@continuum/contract/command';
import type { CandidateFinding } from '@continuum/contract/finding';
import type { Reply } from './maintainer.ts';

/** A finding as a review answered it. */
export interface Reviewed {
  readonly id: string;
  readonly finding: CandidateFinding;
  readonly posted: boolean;
}

/** One team's Continuum, seen from the outside. */
export interface TeamDriver {
  /** A stored review: its findings can be corrected. */
  review(change: ChangeSet): Promise<Reviewed[]>;
  /** A review that leaves no trace, with part of what was learned left out. */
  decide(change: ChangeSet, arm: Arm): Promise<Reviewed[]>;
  /** A maintainer's answer to a finding. */
  correct(findingId: string, reply: Reply): Promise<void>;
  /** Makes a layer of all corrections so far and lets the gates decide on it; says whether one is active now. */
  train(): Promise<boolean>;
  close(): Promise<void>;
}

/** Makes a driver for each team; all of them go when it closes. */
export interface Laboratory {
  team(id: string): Promise<TeamDriver>;
  close(): Promise<void>;
}
