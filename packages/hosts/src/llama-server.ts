import { ContinuumError } from '@continuum/contract/errors';
import type { LayerId } from '@continuum/contract/layer';
import type { LayerHost, LoadableLayer, Scored, ScoreRequest } from '@continuum/contract/ports/policy';
import { z } from 'zod';
import { writeGgufFile } from './adapter-files.ts';
import { type Base, encode, readBase } from './base.ts';
import { writeBaseGguf } from './base-gguf.ts';
import { concurrently } from './concurrently.ts';
import { notLoaded, readLayerFolder, toAdapter } from './layer-folder.ts';
import { LlamaServerProcess } from './llama-server-process.ts';
import type { ServerClient } from './server-client.ts';
import { assertNotAborted, untilAborted } from './until-aborted.ts';

/** Enough for any token to be the greedy choice. */
const FORCED = 1e6;

export interface LlamaServerHostOptions {
  /** Folder of the base; with `gguf` only config.json and tokenizer.json are read. */
  readonly baseFolder: string;
  readonly baseModel?: string;
  /** A GGUF of the base, else one is made of its weights. */
  readonly gguf?: string;
  /** Where GGUF files of the base and of the layers go. */
  readonly cacheFolder: string;
  /** The program and what always comes first; default `['llama-server']`. */
  readonly command?: readonly string[];
  /** More arguments, as `['--n-gpu-layers', '99']`. */
  readonly args?: readonly string[];
  /** Default 1: more threads slow a tiny model down. */
  readonly threads?: number;
  /** Requests that the server answers at once, default 4. */
  readonly parallel?: number;
  readonly timeoutMs?: number;
  readonly startTimeoutMs?: number;
}

/** A server and the numbers that its layers have there. */
interface Running {
  readonly server: LlamaServerProcess;
  readonly numbers: ReadonlyMap<LayerId, number>;
  users: number;
  isRetired: boolean;
}

const Token = z.object({ id: z.number().int(), logprob: z.number() });
const Probabilities = z.array(Token.extend({ top_logprobs: z.array(Token).default([]) })).min(1);
/** The documentation calls the field both names. */
const Answer = z.union([
  z.object({ completion_probabilities: Probabilities }).transform((answer) => answer.completion_probabilities),
  z.object({ probs: Probabilities }).transform((answer) => answer.probs),
]);

/**
 * llama.cpp's HTTP server. It takes its adapters at the start only, so a changed set starts a second server and retires
 * the first one when it has answered; a request names its layers by number, never through the global scales, which leak
 * between requests. A layer that was unloaded leaves memory with the next start. Throws CONFIG_INVALID.
 * @see https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md (`lora`, `n_probs`, `logit_bias`)
 */
export async function createLlamaServerHost(options: LlamaServerHostOptions): Promise<LayerHost> {
  const base = await readBase(options.baseFolder, options.baseModel);
  const gguf = options.gguf ?? (await writeBaseGguf(options.cacheFolder, options.baseFolder, base));
  return new LlamaServerHost(base, gguf, options);
}

class LlamaServerHost implements LayerHost {
  readonly id = 'llama-server';
  readonly baseModel: string;
  readonly #base: Base;
  readonly #gguf: string;
  readonly #options: LlamaServerHostOptions;
  readonly #files = new Map<LayerId, string>();
  readonly #stopping = new Set<Promise<void>>();
  #running: Running | undefined;
  #starting: Promise<Running> | undefined;
  #isClosed = false;

  constructor(base: Base, gguf: string, options: LlamaServerHostOptions) {
    this.baseModel = base.baseModel;
    this.#base = base;
    this.#gguf = gguf;
    this.#options = options;
  }

  async load(layer: LoadableLayer): Promise<void> {
    if (this.#files.has(layer.id)) return;
    const adapter = toAdapter(await readLayerFolder(layer), this.#base);
    const composed = { name: layer.id, adapter, folder: layer.folder };
    this.#files.set(layer.id, await writeGgufFile(this.#options.cacheFolder, composed, this.#base));
    await this.#serving([layer.id]).catch((error: unknown) => {
      this.#files.delete(layer.id);
      throw error;
    });
  }

  async unload(id: LayerId): Promise<void> {
    this.#files.delete(id);
  }

  loaded(): readonly LayerId[] {
    return [...this.#files.keys()];
  }

  async score(
    requests: readonly ScoreRequest[],
    layers: readonly LayerId[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Scored[]> {
    assertNotAborted(options.signal);
    const missing = layers.find((id) => !this.#files.has(id));
    if (missing !== undefined) throw notLoaded(missing);
    const running = await untilAborted(this.#serving(layers), options.signal);
    running.users += 1;
    try {
      return await this.#score(running, requests, layers, options.signal);
    } catch (error) {
      // A server that died takes its requests along; they are asked once more of the next one.
      const isPassing = error instanceof ContinuumError && error.code === 'MODEL_UNAVAILABLE' && error.retryable;
      if (!isPassing || this.#isClosed || !(await running.server.hasEnded())) throw error;
      const next = await untilAborted(this.#serving(layers), options.signal);
      return await this.#score(next, requests, layers, options.signal);
    } finally {
      running.users -= 1;
      if (running.isRetired && running.users === 0) this.#stop(running);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const running = this.#running ?? (await this.#starting?.catch(() => undefined));
    if (running !== undefined) this.#stop(running);
    await Promise.all(this.#stopping);
  }

  async #score(
    { server, numbers }: Running,
    requests: readonly ScoreRequest[],
    layers: readonly LayerId[],
    signal: AbortSignal | undefined,
  ): Promise<Scored[]> {
    const lora = layers.map((id) => ({ id: numbers.get(id), scale: 1 }));
    const composition = { baseModel: this.baseModel, layers: [...layers] };
    return concurrently(requests, this.#options.parallel ?? 4, async (request) => {
      const { prompt, completions } = encode(this.#base, request);
      const logProbabilities: number[] = [];
      for (const completion of completions) {
        logProbabilities.push(await sumOf(server.client, prompt, completion, lora, signal));
      }
      return { logProbabilities, composition };
    });
  }

  /** A server that has all these layers; starts one with everything that is loaded when the present one lacks some. */
  async #serving(layers: readonly LayerId[]): Promise<Running> {
    for (;;) {
      if (this.#isClosed) throw closed();
      const running = this.#running;
      const serves = running !== undefined && !running.server.isGone && layers.every((id) => running.numbers.has(id));
      if (serves) return running;
      this.#starting ??= this.#start().finally(() => {
        this.#starting = undefined;
      });
      await this.#starting;
    }
  }

  async #start(): Promise<Running> {
    const { command = ['llama-server'], timeoutMs = 60_000, startTimeoutMs = 120_000 } = this.#options;
    const files = [...this.#files];
    const server = await LlamaServerProcess.start({ command, args: this.#args(files), timeoutMs, startTimeoutMs });
    const numbers = new Map(files.map(([id], number) => [id, number]));
    const before = this.#running;
    const running = { server, numbers, users: 0, isRetired: false };
    this.#running = running;
    if (before !== undefined) before.isRetired = true;
    if (before?.users === 0) this.#stop(before);
    return running;
  }

  #args(files: readonly (readonly [LayerId, string])[]): string[] {
    const { threads = 1, parallel = 4, args = [] } = this.#options;
    const context = parallel * (this.#base.config.maxPositions + 1);
    const sizes = ['--ctx-size', String(context), '--parallel', String(parallel), '--threads', String(threads)];
    const paths = files.map(([, path]) => path).join(',');
    const lora = files.length === 0 ? [] : ['--lora', paths, '--lora-init-without-apply'];
    return ['--model', this.#gguf, ...sizes, ...lora, ...args];
  }

  #stop(running: Running): void {
    const stop = running.server.stop().finally(() => this.#stopping.delete(stop));
    this.#stopping.add(stop);
  }
}

/**
 * Token by token, each forced by a bias: the server tells the log-probability of what it wrote, by the logits before any
 * bias (greedy, so no sampler has a say). The prompt is computed once, every further token reuses it.
 */
async function sumOf(
  client: ServerClient,
  prompt: readonly number[],
  completion: readonly number[],
  lora: readonly { readonly id: number | undefined; readonly scale: number }[],
  signal: AbortSignal | undefined,
): Promise<number> {
  let sum = 0;
  for (const [index, id] of completion.entries()) {
    const text = [...prompt, ...completion.slice(0, index)];
    const forced = { logit_bias: [[id, FORCED]], temperature: -1, n_predict: 1, n_probs: 1 };
    const body = { prompt: text, lora, cache_prompt: true, stream: false, ...forced };
    const [written] = await client.json('POST', '/completion', Answer, { body, signal });
    const found = [written, ...(written?.top_logprobs ?? [])].find((token) => token?.id === id);
    if (found === undefined) throw unforced();
    sum += found.logprob;
  }
  return sum;
}

function unforced(): ContinuumError {
  return new ContinuumError('MODEL_UNAVAILABLE', 'llama-server did not score the token it was asked for.', {
    next: 'Bring llama.cpp up to date.',
  });
}

function closed(): ContinuumError {
  return new ContinuumError('MODEL_UNAVAILABLE', 'The host was closed.', { next: 'Start the system again.' });
}
