import type { LayerId } from '@continuum/contract/layer';
import type { Policy, Resident, Scored, ScoreRequest } from '@continuum/contract/ports/policy';

/** A policy that is opened when it is first asked: a start does not wait for a model that may not be needed. */
export function deferPolicy(baseModel: string, open: () => Promise<Policy>): Policy {
  return new DeferredPolicy(baseModel, open);
}

class DeferredPolicy implements Policy {
  readonly baseModel: string;
  readonly #open: () => Promise<Policy>;
  #opening: Promise<Policy> | undefined;
  #opened: Policy | undefined;
  #isClosed = false;

  constructor(baseModel: string, open: () => Promise<Policy>) {
    this.baseModel = baseModel;
    this.#open = open;
  }

  async score(
    requests: readonly ScoreRequest[],
    layers: readonly LayerId[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<Scored[]> {
    return (await this.#policy()).score(requests, layers, options);
  }

  async hold(holder: string, layers: readonly LayerId[]): Promise<void> {
    // Nothing to keep where nothing is: holding no layers is no reason to load a model.
    if (this.#opening === undefined && layers.length === 0) return;
    await (await this.#policy()).hold(holder, layers);
  }

  release(holder: string): readonly LayerId[] {
    return this.#opened?.release(holder) ?? [];
  }

  resident(): readonly Resident[] {
    return this.#opened?.resident() ?? [];
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const opening = this.#opening;
    this.#opening = undefined;
    await (await opening?.catch(() => undefined))?.close();
  }

  #policy(): Promise<Policy> {
    this.#opening ??= this.#start();
    return this.#opening;
  }

  async #start(): Promise<Policy> {
    try {
      const policy = await this.#open();
      if (this.#isClosed) return policy;
      this.#opened = policy;
      return policy;
    } catch (error) {
      // The next one who asks tries again.
      this.#opening = undefined;
      throw error;
    }
  }
}
