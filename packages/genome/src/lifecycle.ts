import { ContinuumError } from '@continuum/contract/errors';
import { GateResult, LayerId, LayerState } from '@continuum/contract/layer';
import { z } from 'zod';

const Move = z.object({ state: LayerState, because: z.string(), at: z.string() });

/** One layer of a scope: where it stands and how it came there, oldest move first. */
const LayerRecord = z.object({
  id: LayerId,
  state: LayerState,
  because: z.string(),
  gates: z.array(GateResult),
  moves: z.array(Move),
});
export type LayerRecord = z.infer<typeof LayerRecord>;

/** All that is known of a scope's layers. `earlier` are those that were active before, latest last. */
export const ScopeLayers = z.object({ layers: z.array(LayerRecord), earlier: z.array(LayerId) });
export type ScopeLayers = z.infer<typeof ScopeLayers>;

export const NO_LAYERS: ScopeLayers = { layers: [], earlier: [] };

/** Why and when, written down with every move. */
export interface Occasion {
  readonly because: string;
  /** ISO 8601. */
  readonly at: string;
}

/** Where a layer may go from where it stands; an archived one may be tried again, but only a rollback makes it active. */
const NEXT: Readonly<Record<LayerState, readonly LayerState[]>> = {
  candidate: ['shadow', 'archived'],
  shadow: ['canary', 'archived'],
  canary: ['active', 'archived'],
  active: ['archived'],
  archived: ['candidate'],
};

/** States that one layer of a scope holds at a time: who comes next takes the place. */
const SINGLE: ReadonlySet<LayerState> = new Set(['shadow', 'canary', 'active']);

/** How many earlier active layers a scope can go back to. */
const MOST_EARLIER = 50;

/** One step towards active, and back into the running for an archived layer; undefined for the active one. */
export function nextState(state: LayerState): LayerState | undefined {
  return NEXT[state].find((next) => next !== 'archived');
}

/** The layer that holds a state, if any. */
export function holderOf({ layers }: ScopeLayers, state: LayerState): LayerId | undefined {
  return layers.find((layer) => layer.state === state)?.id;
}

/** A layer's record. Throws NOT_FOUND. */
export function recordOf({ layers }: ScopeLayers, id: LayerId): LayerRecord {
  const record = layers.find((layer) => layer.id === id);
  if (record !== undefined) return record;
  throw new ContinuumError('NOT_FOUND', `there is no layer ${id} in this scope`, { next: 'List the layers.' });
}

/** Takes a layer in as a candidate; one that is known already stays as it is. */
export function admit(scope: ScopeLayers, id: LayerId, occasion: Occasion): ScopeLayers {
  if (scope.layers.some((layer) => layer.id === id)) return scope;
  const record = stand({ id, state: 'candidate', because: '', gates: [], moves: [] }, 'candidate', occasion);
  return { ...scope, layers: [...scope.layers, record] };
}

/** Writes down how a layer did at its gates, each gate's latest result. Throws NOT_FOUND. */
export function judged(scope: ScopeLayers, id: LayerId, gates: readonly GateResult[]): ScopeLayers {
  const { gates: known } = recordOf(scope, id);
  const names = new Set(gates.map(({ gate }) => gate));
  return replace(scope, id, (layer) => ({
    ...layer,
    gates: [...known.filter(({ gate }) => !names.has(gate)), ...gates],
  }));
}

/**
 * Moves a layer. Whoever held its new place before is archived; an active layer that is archived so becomes what a
 * rollback returns to. A layer that stands there already stays. Throws NOT_FOUND, and CONFLICT for a move that leaves out a step.
 */
export function move(scope: ScopeLayers, id: LayerId, to: LayerState, occasion: Occasion): ScopeLayers {
  const { state } = recordOf(scope, id);
  if (state === to) return scope;
  if (!NEXT[state].includes(to)) {
    throw new ContinuumError('CONFLICT', `layer ${id} is ${state} and cannot become ${to}`, {
      next: `From ${state} it can become: ${NEXT[state].join(', ')}.`,
    });
  }
  const holder = SINGLE.has(to) ? holderOf(scope, to) : undefined;
  const earlier =
    to === 'active' && holder !== undefined ? [...scope.earlier, holder].slice(-MOST_EARLIER) : scope.earlier;
  const vacated = holder === undefined ? scope : place(scope, holder, 'archived', replacedBy(id, occasion));
  return { ...place(vacated, id, to, occasion), earlier };
}

/** What a rollback did: the scope, who had to go and who decides again. */
export interface RolledBack {
  readonly scope: ScopeLayers;
  readonly archived: LayerId;
  /** Undefined when nobody was active before: memory and rules decide alone. */
  readonly active: LayerId | undefined;
}

/**
 * Takes a layer out of the running. When it was the active one, the layer that was active before is active again, exactly
 * as it was. Throws NOT_FOUND, and CONFLICT for a layer that has no say.
 */
export function rollback(scope: ScopeLayers, id: LayerId, occasion: Occasion): RolledBack {
  const { state } = recordOf(scope, id);
  if (!SINGLE.has(state)) {
    throw new ContinuumError('CONFLICT', `layer ${id} is ${state}: there is nothing to take back`, {
      next: 'Roll back the active layer of the scope, or one in shadow or canary.',
    });
  }
  const without = place(scope, id, 'archived', occasion);
  const active = holderOf(without, 'active');
  const before = scope.earlier.at(-1);
  if (state !== 'active' || before === undefined) return { scope: without, archived: id, active };
  const restored = place(without, before, 'active', { ...occasion, because: `Back after ${id}: ${occasion.because}` });
  return { scope: { ...restored, earlier: scope.earlier.slice(0, -1) }, archived: id, active: before };
}

function replacedBy(id: LayerId, { at }: Occasion): Occasion {
  return { because: `Layer ${id} took its place.`, at };
}

function place(scope: ScopeLayers, id: LayerId, state: LayerState, occasion: Occasion): ScopeLayers {
  return replace(scope, id, (layer) => stand(layer, state, occasion));
}

function replace(scope: ScopeLayers, id: LayerId, change: (layer: LayerRecord) => LayerRecord): ScopeLayers {
  return { ...scope, layers: scope.layers.map((layer) => (layer.id === id ? change(layer) : layer)) };
}

function stand(layer: LayerRecord, state: LayerState, { because, at }: Occasion): LayerRecord {
  return { ...layer, state, because, moves: [...layer.moves, { state, because, at }] };
}
