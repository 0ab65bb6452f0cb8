import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ContinuumError } from '@continuum/contract/errors';
import type { LayerId } from '@continuum/contract/layer';
import type { LayerHost, LoadableLayer, Scored, ScoreRequest } from '@continuum/contract/ports/policy';
import { z } from 'zod';
import { writeGgufFile } from './adapter-files.ts';
import { type Base, encode, readBase } from './base.ts';
import { AdapterLost, type Composed, Compositions } from './compositions.ts';
import { concurrently } from './concurrently.ts';
import { ServerClient, type ServerOptions, ServerRejected } from './server-client.ts';

/** The most alternatives that Ollama tells for a token. */
const TOP = 20;
const CONCURRENT = 4;

export interface OllamaHostOptions extends ServerOptions {
  /** `config.json` and `tokenizer.json` of the base, and its weights unless `baseModel` says their hash. */
  readonly baseFolder: string;
  readonly baseModel?: string;
  /** Ollama's name of the base, which composed models are made from. */
  readonly model: string;
  /** Where GGUF adapters go on their way to the server. */
  readonly cacheFolder: string;
}

const Token = z.object({ token: z.string(), logprob: z.number() });
const Answer = z.object({ logprobs: z.array(Token.extend({ top_logprobs: z.array(Token).default([]) })).optional() });
const Created = z.object({ status: z.literal('success') });

/**
 * Ollama (0.12.11 or newer, which tells log-probabilities). Each composition becomes a model of its own, `from` the base
 * with one adapter. Ollama scores nothing it did not generate itself: a completion is scored token by token, each looked
 * up among the 20 likeliest continuations, and refused when it is not there. Throws CONFIG_INVALID.
 * @see https://docs.ollama.com/api/generate (`logprobs`, `top_logprobs`, `raw`), https://docs.ollama.com/api/create
 */
export async function createOllamaHost(options: OllamaHostOptions): Promise<LayerHost> {
  const base = await readBase(options.baseFolder, options.baseModel);
  return new OllamaHost(base, options);
}

class OllamaHost implements LayerHost {
  readonly id = 'ollama';
  readonly baseModel: string;
  readonly #base: Base;
  readonly #options: OllamaHostOptions;
  readonly #client: ServerClient;
  readonly #compositions: Compositions<string>;

  constructor(base: Base, options: OllamaHostOptions) {
    this.baseModel = base.baseModel;
    this.#base = base;
    this.#options = options;
    this.#client = new ServerClient('Ollama', options);
    this.#compositions = new Compositions(base, {
      add: (composed) => this.#create(composed),
      remove: async (model) => {
        await this.#client.attempt('DELETE', '/api/delete', { body: { model } });
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

  score(
    requests: readonly ScoreRequest[],
    layers: readonly LayerId[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Scored[]> {
    const composition = { baseModel: this.baseModel, layers: [...layers] };
    return this.#compositions.use(layers, options.signal, (model = this.#options.model) =>
      concurrently(requests, CONCURRENT, async (request) => {
        const { completions } = encode(this.#base, request);
        const logProbabilities: number[] = [];
        for (const completion of completions) {
          logProbabilities.push(await this.#score(model, request.prompt, completion, options.signal));
        }
        return { logProbabilities, composition };
      }),
    );
  }

  close(): Promise<void> {
    return this.#compositions.close();
  }

  async #score(model: string, prompt: string, completion: readonly number[], signal?: AbortSignal): Promise<number> {
    let sum = 0;
    for (const [index, id] of completion.entries()) {
      const written = index === 0 ? '' : this.#base.tokenizer.decode([...completion.slice(0, index)]);
      const continuations = await this.#continuations(model, `${prompt}${written}`, signal);
      const wanted = this.#base.tokenizer.decode([id]);
      const found = continuations.find(({ token }) => token === wanted);
      if (found === undefined) throw unlikely(wanted);
      sum += found.logprob;
    }
    return sum;
  }

  /** The likeliest next tokens after a text. */
  async #continuations(model: string, prompt: string, signal?: AbortSignal): Promise<z.infer<typeof Token>[]> {
    const options = { num_predict: 1, temperature: 0, num_ctx: this.#base.config.maxPositions };
    const body = { model, prompt, raw: true, stream: false, logprobs: true, top_logprobs: TOP, options };
    try {
      const { logprobs } = await this.#client.json('POST', '/api/generate', Answer, { body, signal });
      const [next] = logprobs ?? [];
      if (next === undefined) throw tooOld();
      return [...next.top_logprobs, next];
    } catch (error) {
      const isOwn = model !== this.#options.model;
      if (isOwn && error instanceof ServerRejected && error.answered === 404) throw new AdapterLost();
      throw error;
    }
  }

  async #create(composed: Composed): Promise<string> {
    const bytes = await readFile(await writeGgufFile(this.#options.cacheFolder, composed, this.#base));
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    const rejection = await this.#client.attempt('POST', `/api/blobs/${digest}`, { raw: bytes });
    if (rejection !== undefined) throw this.#client.unavailable(rejection);
    const model = `continuum-${composed.name}`;
    const body = { model, from: this.#options.model, adapters: { 'adapter.gguf': digest }, stream: false };
    await this.#client.json('POST', '/api/create', Created, { body });
    return model;
  }
}

function unlikely(token: string): ContinuumError {
  const text = `Ollama tells only the ${TOP} likeliest tokens, and ${JSON.stringify(token)} is not among them.`;
  return new ContinuumError('MODEL_UNAVAILABLE', text, {
    next: 'Serve this base with llama-server, vLLM or the embedded engine, which score any completion.',
  });
}

function tooOld(): ContinuumError {
  return new ContinuumError('MODEL_UNAVAILABLE', 'This Ollama tells no log-probabilities.', {
    next: 'Bring it to 0.12.11 or newer.',
  });
}
