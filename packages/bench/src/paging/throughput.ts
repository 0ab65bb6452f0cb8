import type { LayerId } from '@continuum/contract/layer';
import type { LayerHost, Policy, Scored, ScoreRequest } from '@continuum/contract/ports/policy';

/** Personas that ask at the same time. */
const CLIENTS = 16;

/** One decision of the load: a finding, and the chain of layers of the scope it is in. */
export interface Decision {
  readonly request: ScoreRequest;
  readonly layers: readonly LayerId[];
}

/** Seconds that a policy takes for all decisions when `CLIENTS` ask, each one after the other. */
export async function secondsFor(policy: Policy, decisions: readonly Decision[]): Promise<number> {
  const queue = decisions.values();
  const startedAt = performance.now();
  const client = async (): Promise<void> => {
    for (const { request, layers } of queue) await policy.score([request], layers);
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return (performance.now() - startedAt) / 1000;
}

/** A host that tells how long the host itself took for the last call, so that the pager's own share can be told. */
export class TimedHost implements LayerHost {
  readonly id: string;
  readonly baseModel: string;
  readonly #host: LayerHost;
  /** ms of the last answer. */
  lastMs = 0;

  constructor(host: LayerHost) {
    this.id = host.id;
    this.baseModel = host.baseModel;
    this.#host = host;
  }

  load: LayerHost['load'] = (layer) => this.#host.load(layer);
  unload: LayerHost['unload'] = (id) => this.#host.unload(id);
  loaded: LayerHost['loaded'] = () => this.#host.loaded();
  close: LayerHost['close'] = () => this.#host.close();

  score: LayerHost['score'] = async (...call): Promise<Scored[]> => {
    const startedAt = performance.now();
    const scored = await this.#host.score(...call);
    this.lastMs = performance.now() - startedAt;
    return scored;
  };
}

/** ms that the pager adds to each answer of a composition that is there. */
export async function hitOverheads(
  policy: Policy,
  host: TimedHost,
  decision: Decision,
  count: number,
): Promise<number[]> {
  const overheads: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const startedAt = performance.now();
    await policy.score([decision.request], decision.layers);
    overheads.push(performance.now() - startedAt - host.lastMs);
  }
  return overheads;
}
