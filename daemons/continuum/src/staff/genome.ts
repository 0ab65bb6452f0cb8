import { createGenomeDaemon } from '@continuum/daemon-genome/daemon';
import { registerBackup } from '@continuum/host/backup/register';
import { genomeChecks, type Staff, type With } from './staff.ts';

/** `continuum daemon genome`: keeps layers, pages them, and backs everything up. */
export function staffGenome(runtime: With<'layerStore' | 'policy'>): Staff {
  registerBackup(runtime);
  return {
    daemons: [createGenomeDaemon(runtime, { keepsHolds: false })],
    http: {},
    checks: genomeChecks(runtime),
  };
}
