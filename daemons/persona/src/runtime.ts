import type { Core, Parts } from '@continuum/host/runtime';

/** The parts that reviews and conversations need. */
export type PersonaRuntime = Core &
  Pick<Parts, 'analyzers' | 'chatHost' | 'codeHost' | 'trackers' | 'model' | 'policy'>;
