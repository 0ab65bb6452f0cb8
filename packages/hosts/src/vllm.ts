import type { LayerId } from '@continuum/contract/layer';
import type { LayerHost, LoadableLayer, Scored, ScoreRequest } from '@continuum/contract/ports/policy';
import { z } from 'zod';
import { writePeftFolder } from './adapter-files.ts';
import { type Base, type Encoded, encode, readBase } from './base.ts';
import { AdapterLost, Compositions } from './compositions.ts';
import { ServerClient, type ServerOptions, ServerRejected } from './server-client.ts';
import { sumOfCompletion } from './sum.ts';

export interface VllmHostOptions extends ServerOptions {
  /** `config.json` and `tokenizer.json` of the base, and its weights unless `baseModel` says their hash. */
  readonly baseFolder: string;
  readonly baseModel?: string;
  /** The server's name of the base, `--served-model-name`. */
  readonly model: string;
  /** Where composed adapters go; the server must see this folder and those of the layers. */
  readonly cacheFolder: string;
  /** A path as the server sees it, for one in a container. */
  readonly toServerPath?: (path: string) => string;
}

const Answer = z.object({
  choices: z.array(
    z.object({
      index: z.number().int(),
      prompt_logprobs: z.array(z.record(z.string(), z.object({ logprob: z.number() })).nullable()),
    }),
  ),
});
type Choice = z.infer<typeof Answer>['choices'][number];

/**
 * vLLM, started with `--enable-lora`, `--max-lora-rank` as high as the sum of a composition's ranks, and
 * VLLM_ALLOW_RUNTIME_LORA_UPDATING=True. Throws CONFIG_INVALID.
 * @see https://docs.vllm.ai/en/latest/features/lora/ (runtime loading), and `prompt_logprobs` of the completions API
 */
export async function createVllmHost(options: VllmHostOptions): Promise<LayerHost> {
  const base = await readBase(options.baseFolder, options.baseModel);
  return new VllmHost(base, options);
}

class VllmHost implements LayerHost {
  readonly id = 'vllm';
  readonly baseModel: string;
  readonly #base: Base;
  readonly #options: VllmHostOptions;
  readonly #client: ServerClient;
  readonly #compositions: Compositions<string>;

  constructor(base: Base, options: VllmHostOptions) {
    this.baseModel = base.baseModel;
    this.#base = base;
    this.#options = options;
    this.#client = new ServerClient('vLLM', options);
    this.#compositions = new Compositions(base, {
      add: async (composed) => {
        await this.#add(composed.name, await writePeftFolder(options.cacheFolder, composed, base));
        return composed.name;
      },
      remove: async (name) => {
        await this.#client.attempt('POST', '/v1/unload_lora_adapter', { body: { lora_name: name } });
      },
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
    const encoded = requests.map((request) => encode(this.#base, request));
    const sums = await this.#compositions.use(layers, options.signal, (name) =>
      this.#score(encoded, name, options.signal),
    );
    const composition = { baseModel: this.baseModel, layers: [...layers] };
    return sums.map((logProbabilities) => ({ logProbabilities, composition }));
  }

  close(): Promise<void> {
    return this.#compositions.close();
  }

  /** All texts in one request: the server batches them, and computes a shared prompt once. */
  async #score(encoded: readonly Encoded[], name: string | undefined, signal?: AbortSignal): Promise<number[][]> {
    const texts = encoded.flatMap(({ prompt, completions }) => completions.map((each) => [...prompt, ...each]));
    if (texts.length === 0) return encoded.map(() => []);
    const choices = await this.#complete(texts, name, signal);
    let next = 0;
    return encoded.map(({ completions }) =>
      completions.map((completion) => sumOfPrompt(choices.get(next), texts[next++] ?? [], completion)),
    );
  }

  async #complete(
    texts: readonly (readonly number[])[],
    name: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Map<number, Choice>> {
    const model = name ?? this.#options.model;
    const body = { model, prompt: texts, max_tokens: 1, temperature: 0, prompt_logprobs: 0 };
    try {
      const { choices } = await this.#client.json('POST', '/v1/completions', Answer, { body, signal });
      return new Map(choices.map((choice) => [choice.index, choice]));
    } catch (error) {
      // A model that the server does not know is one it lost: it was started anew.
      if (name !== undefined && error instanceof ServerRejected && error.answered === 404) throw new AdapterLost();
      throw error;
    }
  }

  async #add(name: string, folder: string): Promise<void> {
    const path = this.#options.toServerPath?.(folder) ?? folder;
    const body = { lora_name: name, lora_path: path };
    const rejection = await this.#client.attempt('POST', '/v1/load_lora_adapter', { body });
    // Left over from before this process started; the name says that it is the same adapter.
    if (rejection === undefined || /already/i.test(rejection.text)) return;
    throw this.#client.unavailable(rejection);
  }
}

function sumOfPrompt(choice: Choice | undefined, text: readonly number[], completion: readonly number[]): number {
  const scored = (choice?.prompt_logprobs ?? []).map((entry, index) => ({
    logProbability: entry?.[String(text[index])]?.logprob ?? null,
  }));
  return sumOfCompletion(scored, completion);
}
