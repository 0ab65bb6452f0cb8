import type { EventPayload } from '@continuum/contract/event';
import { Counter, type Registry } from 'prom-client';

/** Counters of the genome: entries into scopes, moves of layers. */
export function genomeMetrics(registry: Registry) {
  const entries = new Counter({
    ...{ name: 'continuum_scope_entries_total', help: 'Personas that entered a scope', registers: [registry] },
    labelNames: ['persona', 'scope'],
  });
  const moves = new Counter({
    ...{ name: 'continuum_layer_moves_total', help: 'Layers that came to stand in a state', registers: [registry] },
    labelNames: ['scope', 'state'],
  });
  return {
    entered: ({ persona, scope }: EventPayload<'scope:entered'>) => entries.inc({ persona, scope }),
    changed: ({ scope, state }: EventPayload<'layer:changed'>) => moves.inc({ scope, state }),
  };
}
