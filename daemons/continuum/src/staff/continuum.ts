import { createGenomeDaemon } from '@continuum/daemon-genome/daemon';
import { createIntake } from '@continuum/daemon-intake/intake';
import { createReconcile } from '@continuum/daemon-intake/reconcile';
import { createSlackIntake } from '@continuum/daemon-intake/slack-socket';
import { createPersonaDaemon } from '@continuum/daemon-persona/daemon';
import { createTrainingDaemon } from '@continuum/daemon-training/daemon';
import { registerBackup } from '@continuum/host/backup/register';
import { createOutbox } from '@continuum/host/outbox';
import type { PartName } from '@continuum/host/runtime';
import { auditKeeper } from '../audit.ts';
import { localCode } from '../local-code.ts';
import { countEvents, wakeOutbox } from '../observe.ts';
import { retention } from '../retention.ts';
import { apiOf, deliveriesTo, journalChecks, type Staff, type With } from './staff.ts';

/** `continuum start`: all daemons in one process. */
export function staffContinuum(runtime: With<PartName>, root: string): Staff {
  registerBackup(runtime);
  const outbox = createOutbox(runtime, { alone: runtime.settings.nats === undefined });
  const intake = createIntake(runtime);
  return {
    // Intake comes after those who handle its events.
    daemons: [
      createGenomeDaemon(runtime, { keepsHolds: true }),
      createTrainingDaemon(runtime),
      createPersonaDaemon({ ...runtime, searchCode: localCode(runtime) }),
      countEvents(runtime),
      wakeOutbox(runtime, outbox),
      outbox,
      retention(runtime),
      auditKeeper(runtime),
      intake,
      createReconcile(runtime, intake),
      createSlackIntake(runtime, intake),
    ],
    http: {
      ...deliveriesTo(intake),
      api: { ...apiOf(root), journalPendingBytes: () => intake.pendingBytes() },
    },
    checks: journalChecks(runtime),
  };
}
