import type { CommandOutput } from '@continuum/contract/command';
import type { JudgeFactory } from '../judging.ts';
import type { PersonaRuntime } from '../runtime.ts';
import type { Turns } from '../turns.ts';

/** What every step of a review works with. */
export interface ReviewParts {
  readonly runtime: PersonaRuntime;
  readonly judges: JudgeFactory;
  /** Reviews under way by key: the same review asked for twice is done once. */
  readonly running: Map<string, Promise<CommandOutput<'review/run'>>>;
  /** One review of a pull request at a time: the next must know what the one before said. */
  readonly turns: Turns;
}
