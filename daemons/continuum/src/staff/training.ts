import { createTrainingDaemon } from '@continuum/daemon-training/daemon';
import { genomeChecks, type Staff, type With } from './staff.ts';

/** `continuum daemon training`: makes layers of what people taught. */
export function staffTraining(runtime: With<'codeHost' | 'layerStore' | 'policy' | 'trainer' | 'baseFolder'>): Staff {
  return { daemons: [createTrainingDaemon(runtime)], http: {}, checks: genomeChecks(runtime) };
}
