import type { Core, Parts } from '@continuum/host/runtime';

/** The parts that scopes and their layers need. */
export type GenomeRuntime = Core & Pick<Parts, 'layerStore' | 'policy'>;
