import type { CommandOutput } from '@continuum/contract/command';
import type { Runtime } from '@continuum/host/runtime';
import type { JudgeFactory } from '../judging.ts';

/** What every step of a review works with. */
export interface ReviewParts {
  readonly runtime: Runtime;
  readonly judges: JudgeFactory;
  /** Reviews under way by key: the same review asked for twice is done once. */
  readonly running: Map<string, Promise<CommandOutput<'review/run'>>>;
}
