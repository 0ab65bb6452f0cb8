import type { LayerId } from '@continuum/contract/layer';
import type { LayerHost, LoadableLayer, Scored, ScoreRequest } from '@continuum/contract/ports/policy';
import { z } from 'zod';
import { writePeftFolder } from './adapter-files.ts';
import { type Base, encode, readBase } from './base.ts';
import { Compositions } from './compositions.ts';
import { concurrently } from './concurrently.ts';
import { ServerClient, type ServerOptions } from './server-client.ts';
import { sumOfCompletion } from './sum.ts';

const CONCURRENT = 16;

export interface LoraxHostOptions extends ServerOptions {
  /** `config.json` and `tokenizer.json` of the base, and its weights unless `baseModel` says their hash. */
  readonly baseFolder: string;
  readonly baseModel?: string;
  /** Where composed adapters go; the server must see this folder and those of the layers. */
  readonly cacheFolder: string;
  /** A path as the server sees it, for one in a container. */
  readonly toServerPath?: (path: string) => string;
}

const Answer = z.object({
  details: z.object({
    prefill: z.array(z.object({ id: z.number().int(), logprob: z.number().nullish() })),
  }),
});

interface Text {
  readonly text: string;
  readonly completion: readonly number[];
}

/**
 * LoRAX. It loads an adapter when a request first names it and forgets those it has no room for, so there is nothing to
 * load or unload from here: `unload` only ends its use. Throws CONFIG_INVALID.
 * @see https://loraexchange.ai/reference/openapi.json: `adapter_id`, `adapter_source: "local"`, `decoder_input_details`
 */
export async function createLoraxHost(options: LoraxHostOptions): Promise<LayerHost> {
  const base = await readBase(options.baseFolder, options.baseModel);
  return new LoraxHost(base, options);
}

class LoraxHost implements LayerHost {
  readonly id = 'lorax';
  readonly baseModel: string;
  readonly #base: Base;
  readonly #client: ServerClient;
  readonly #compositions: Compositions<string>;

  constructor(base: Base, options: LoraxHostOptions) {
    this.baseModel = base.baseModel;
    this.#base = base;
    this.#client = new ServerClient('LoRAX', options);
    const toServerPath = options.toServerPath ?? ((path) => path);
    this.#compositions = new Compositions(base, {
      add: async (composed) => toServerPath(await writePeftFolder(options.cacheFolder, composed, base)),
      remove: async () => undefined,
    });
  }

  load(layer: LoadableLayer): Promise<void> {
    return this.#compositions.load(layer);
  }

  unload(id: LayerId): Promise<void> {
    return this.#compositions.unload(id);
  }

  loaded(): readonly LayerId[] {
    return this.#compositions.loaded();
  }

  async score(
    requests: readonly ScoreRequest[],
    layers: readonly LayerId[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Scored[]> {
    const texts = requests.flatMap((request) => this.#textsOf(request));
    const sums = await this.#compositions.use(layers, options.signal, (adapter) =>
      concurrently(texts, CONCURRENT, (text) => this.#score(text, adapter, options.signal)),
    );
    const composition = { baseModel: this.baseModel, layers: [...layers] };
    let next = 0;
    return requests.map(({ completions }) => {
      const logProbabilities = sums.slice(next, next + completions.length);
      next += completions.length;
      return { logProbabilities, composition };
    });
  }

  close(): Promise<void> {
    return this.#compositions.close();
  }

  #textsOf(request: ScoreRequest): Text[] {
    const { completions } = encode(this.#base, request);
    return completions.map((completion, index) => ({
      text: `${request.prompt}${request.completions[index]}`,
      completion,
    }));
  }

  async #score({ text, completion }: Text, adapter: string | undefined, signal?: AbortSignal): Promise<number> {
    const named = adapter === undefined ? {} : { adapter_id: adapter, adapter_source: 'local' };
    const parameters = { ...named, max_new_tokens: 1, details: true, decoder_input_details: true };
    const body = { inputs: text, parameters };
    const { details } = await this.#client.json('POST', '/generate', Answer, { body, signal });
    const scored = details.prefill.map(({ id, logprob }) => ({ id, logProbability: logprob ?? null }));
    return sumOfCompletion(scored, completion);
  }
}
