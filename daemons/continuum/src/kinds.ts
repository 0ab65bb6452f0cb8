import { join } from 'node:path';
import type { ApiOptions, GatewayOptions } from '@continuum/daemon-gateway/options';
import { createGenomeDaemon } from '@continuum/daemon-genome/daemon';
import { createIntake, type Intake } from '@continuum/daemon-intake/intake';
import { createReconcile } from '@continuum/daemon-intake/reconcile';
import { createSlackIntake } from '@continuum/daemon-intake/slack-socket';
import { createPersonaDaemon } from '@continuum/daemon-persona/daemon';
import { followPlaces } from '@continuum/daemon-persona/holds';
import { createTrainingDaemon } from '@continuum/daemon-training/daemon';
import { rangeChangeSet } from '@continuum/git/local-changes';
import { registerBackup } from '@continuum/host/backup/register';
import { ALL_PARTS, type Composition, compose } from '@continuum/host/compose';
import { createOutbox } from '@continuum/host/outbox';
import type { Core, Daemon, PartName, Parts } from '@continuum/host/runtime';
import type { Settings } from '@continuum/host/settings';
import { parsePatch } from '@continuum/review/patch';
import { auditKeeper } from './audit.ts';
import { emptied } from './emptied.ts';
import { localCode } from './local-code.ts';
import { countEvents, wakeOutbox } from './observe.ts';
import { type Checks, roomy, writable } from './readiness.ts';
import { retention } from './retention.ts';

/** Processes of their own, `continuum daemon <kind>`. */
export const DAEMON_KINDS = ['intake', 'persona', 'training', 'genome', 'gateway'] as const;
export type DaemonKind = (typeof DAEMON_KINDS)[number];

/** What runs in a process, in the order of starting, and what it serves over HTTP besides health and metrics. */
export interface Staff {
  readonly daemons: readonly Daemon[];
  readonly http: Pick<GatewayOptions, 'acceptDelivery' | 'admitDelivery' | 'api'>;
  /** What its work needs besides store and bus. */
  readonly checks: Checks;
}

/** A process that is composed and not started yet. */
export interface Manned {
  readonly composition: Composition<never>;
  readonly staff: Staff;
}

type Open = (settings: Settings, root: string) => Promise<Manned>;

/** Opens the parts that its daemons need, and no others. */
function define<N extends PartName>(
  needs: readonly N[],
  staffOf: (runtime: Core & Pick<Parts, N>, root: string) => Staff,
): Open {
  return async (settings, root) => {
    const composition = await compose(settings, root, needs);
    return { composition, staff: staffOf(composition.runtime, root) };
  };
}

const openIntake = define(['journal', 'deliverySources'], (runtime) => {
  const intake = createIntake(runtime);
  return {
    // Stopped last to first: reconciling, then what it took in.
    daemons: [intake, emptied(runtime, intake), createReconcile(runtime, intake), createSlackIntake(runtime, intake)],
    http: deliveriesTo(intake),
    checks: journalChecks(runtime),
  };
});

const openPersona = define(['analyzers', 'chatHost', 'codeHost', 'trackers', 'model', 'policy'], (runtime) => {
  const outbox = createOutbox(runtime);
  const persona = createPersonaDaemon({ ...runtime, searchCode: localCode(runtime) });
  return {
    daemons: [
      followPlaces(runtime),
      persona,
      wakeOutbox(runtime, outbox),
      outbox,
      retention(runtime),
      auditKeeper(runtime),
    ],
    http: {},
    checks: {},
  };
});

const openTraining = define(['codeHost', 'layerStore', 'policy', 'trainer', 'baseFolder'], (runtime) => ({
  daemons: [createTrainingDaemon(runtime)],
  http: {},
  checks: genomeChecks(runtime),
}));

const openGenome = define(['layerStore', 'policy'], (runtime) => {
  registerBackup(runtime);
  return {
    daemons: [createGenomeDaemon(runtime, { keepsHolds: false })],
    http: {},
    checks: genomeChecks(runtime),
  };
});

const openGateway = define([], (runtime, root) => ({
  daemons: [countEvents(runtime)],
  http: { api: apiOf(root) },
  checks: {},
}));

const openAll = define(ALL_PARTS, (runtime, root) => {
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
});

/** How each process is opened; `continuum` is all of them in one. */
export const PROCESSES: Readonly<Record<DaemonKind | 'continuum', Open>> = {
  intake: openIntake,
  persona: openPersona,
  training: openTraining,
  genome: openGenome,
  gateway: openGateway,
  continuum: openAll,
};

function deliveriesTo(intake: Intake): Pick<GatewayOptions, 'acceptDelivery' | 'admitDelivery'> {
  return { acceptDelivery: intake.accept, admitDelivery: intake.admit };
}

function apiOf(root: string): ApiOptions {
  return { localChangeSet: rangeChangeSet, parsePatch, staticFolder: join(root, 'packages', 'dashboard', 'dist') };
}

function journalChecks({ settings }: Core): Checks {
  return { journal: roomy(join(settings.home, 'journal'), settings.diskReserveBytes) };
}

function genomeChecks({ settings }: Core): Checks {
  return { genome: writable(settings.genome.folder) };
}
