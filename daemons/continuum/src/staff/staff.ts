import { join } from 'node:path';
import type { ApiOptions, GatewayOptions } from '@continuum/daemon-gateway/options';
import type { Intake } from '@continuum/daemon-intake/intake';
import { rangeChangeSet } from '@continuum/git/local-changes';
import type { Core, Daemon, PartName, Parts } from '@continuum/host/runtime';
import { parsePatch } from '@continuum/review/patch';
import { type Checks, roomy, writable } from '../readiness.ts';

/** What runs in a process, in the order of starting, and what it serves over HTTP besides health and metrics. */
export interface Staff {
  readonly daemons: readonly Daemon[];
  readonly http: Pick<GatewayOptions, 'acceptDelivery' | 'admitDelivery' | 'api'>;
  /** What its work needs besides store and bus. */
  readonly checks: Checks;
}

/** What a staff with these parts is made of. */
export type With<N extends PartName> = Core & Pick<Parts, N>;

/** Deliveries come in at this process. */
export function deliveriesTo(intake: Intake): Pick<GatewayOptions, 'acceptDelivery' | 'admitDelivery'> {
  return { acceptDelivery: intake.accept, admitDelivery: intake.admit };
}

/** API and web room. `root` holds the built room. */
export function apiOf(root: string): ApiOptions {
  return { localChangeSet: rangeChangeSet, parsePatch, staticFolder: join(root, 'packages', 'dashboard', 'dist') };
}

/** Has the journal room? */
export function journalChecks({ settings }: Core): Checks {
  return { journal: roomy(join(settings.home, 'journal'), settings.diskReserveBytes) };
}

/** Can layers be written? */
export function genomeChecks({ settings }: Core): Checks {
  return { genome: writable(settings.genome.folder) };
}
