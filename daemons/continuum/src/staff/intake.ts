import { createIntake } from '@continuum/daemon-intake/intake';
import { createReconcile } from '@continuum/daemon-intake/reconcile';
import { createSlackIntake } from '@continuum/daemon-intake/slack-socket';
import { emptied } from '../emptied.ts';
import { deliveriesTo, journalChecks, type Staff, type With } from './staff.ts';

/** `continuum daemon intake`: takes deliveries in and hands them on. */
export function staffIntake(runtime: With<'journal' | 'deliverySources'>): Staff {
  const intake = createIntake(runtime);
  return {
    // Stopped last to first: reconciling, then what it took in.
    daemons: [intake, emptied(runtime, intake), createReconcile(runtime, intake), createSlackIntake(runtime, intake)],
    http: deliveriesTo(intake),
    checks: journalChecks(runtime),
  };
}
