import type { Tracker } from '@continuum/contract/ports/tracker';
import type { Core, Parts } from '@continuum/host/runtime';

/** The parts that reviews and conversations need. */
export interface PersonaRuntime extends Core, Pick<Parts, 'analyzers' | 'codeHost' | 'model' | 'policy'> {
  /** Where the tickets are that pull requests name; none are read where it is absent. */
  readonly trackers?: readonly Tracker[];
}
