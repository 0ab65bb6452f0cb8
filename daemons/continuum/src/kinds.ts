import { ALL_PARTS, type Composition, compose } from '@continuum/host/compose';
import type { PartName } from '@continuum/host/runtime';
import type { Settings } from '@continuum/host/settings';
import type { Staff, With } from './staff/staff.ts';

/** Processes of their own, `continuum daemon <kind>`. */
export const DAEMON_KINDS = ['intake', 'persona', 'training', 'genome', 'gateway'] as const;
export type DaemonKind = (typeof DAEMON_KINDS)[number];

type GatewayModule = typeof import('@continuum/daemon-gateway/gateway');

/** A process that is composed and not started yet. */
export interface Manned extends Pick<GatewayModule, 'createGateway'> {
  readonly composition: Composition<never>;
  readonly staff: Staff;
}

type StaffOf<N extends PartName> = (runtime: With<N>, root: string) => Staff;
type Open = (settings: Settings, root: string) => Promise<Manned>;

/** Opens the parts that its daemons need, and loads its daemons meanwhile; no others. */
function define<N extends PartName>(needs: readonly N[], load: () => Promise<StaffOf<N>>): Open {
  return async (settings, root) => {
    let loading: Promise<[StaffOf<N>, GatewayModule]> | undefined;
    const loaded = () => {
      loading ??= Promise.all([load(), import('@continuum/daemon-gateway/gateway')]);
      return loading;
    };
    const composition = await compose(settings, root, needs, { meanwhile: loaded });
    const [staffOf, { createGateway }] = await loaded();
    return { composition, staff: staffOf(composition.runtime, root), createGateway };
  };
}

/** How each process is opened; `continuum` is all of them in one. */
export const PROCESSES: Readonly<Record<DaemonKind | 'continuum', Open>> = {
  intake: define(['journal', 'deliverySources'], async () => (await import('./staff/intake.ts')).staffIntake),
  persona: define(
    ['analyzers', 'chatHost', 'codeHost', 'trackers', 'model', 'policy'],
    async () => (await import('./staff/persona.ts')).staffPersona,
  ),
  training: define(
    ['codeHost', 'layerStore', 'policy', 'trainer', 'baseFolder'],
    async () => (await import('./staff/training.ts')).staffTraining,
  ),
  genome: define(['layerStore', 'policy'], async () => (await import('./staff/genome.ts')).staffGenome),
  gateway: define([], async () => (await import('./staff/gateway.ts')).staffGateway),
  continuum: define(ALL_PARTS, async () => (await import('./staff/continuum.ts')).staffContinuum),
};
