import type { SearchCode } from '@continuum/contract/ports/code-search';
import type { Core, Parts } from '@continuum/host/runtime';

/** The parts that reviews and conversations need. */
export type PersonaRuntime = Core &
  Pick<Parts, 'analyzers' | 'chatHost' | 'codeHost' | 'trackers' | 'model' | 'policy'> & {
    /** Code that lies on this machine; none is looked for when absent. */
    readonly searchCode?: SearchCode;
  };
