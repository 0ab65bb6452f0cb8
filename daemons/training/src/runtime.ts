import type { Core, Parts } from '@continuum/host/runtime';

/** The parts that learning from people and making layers need. */
export type TrainingRuntime = Core & Pick<Parts, 'codeHost' | 'layerStore' | 'policy' | 'trainer' | 'baseFolder'>;
