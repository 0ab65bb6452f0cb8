import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ContinuumError } from '@continuum/contract/errors';

/** The part of node-llama-cpp that is used here. The library is an optional install, so its own types cannot be. */
interface LlamaLibrary {
  readonly LlamaLogLevel: { readonly error: string };
  getLlama(options: object): Promise<Llama>;
}

export interface Llama {
  loadModel(options: { readonly modelPath: string }): Promise<LlamaModel>;
  dispose(): Promise<void>;
}

export interface LlamaModel {
  createContext(options: {
    readonly contextSize: number;
    readonly sequences: number;
    readonly threads: number;
    readonly lora?: { readonly adapters: readonly { readonly filePath: string; readonly scale: number }[] };
  }): Promise<LlamaContext>;
  dispose(): Promise<void>;
}

export interface LlamaContext {
  getSequence(): LlamaSequence;
  dispose(): Promise<void>;
}

/** Logits wanted after a token: of some tokens and the largest one. */
interface Wanted {
  readonly generateNext: {
    readonly logits: { readonly filter: { readonly tokens: readonly number[]; readonly includeTop: 1 } };
    readonly totalLogitWeight: true;
  };
}

export interface LlamaSequence {
  clearHistory(): Promise<void>;
  eraseContextTokenRanges(ranges: readonly { readonly start: number; readonly end: number }[]): Promise<void>;
  controlledEvaluate(
    input: readonly (number | readonly [number, Wanted])[],
  ): Promise<
    (
      | { readonly next: { readonly logits?: ReadonlyMap<number, number>; readonly totalLogitWeight?: number } }
      | undefined
    )[]
  >;
}

/** Starts llama.cpp out of a folder that node-llama-cpp was installed into. Throws CONFIG_INVALID when it was not. */
export async function startLlama(home: string, threads: number): Promise<Llama> {
  if (!existsSync(join(home, 'node_modules/node-llama-cpp'))) throw notInstalled(home);
  const entry = createRequire(join(home, 'package.json')).resolve('node-llama-cpp');
  const library: LlamaLibrary = await import(pathToFileURL(entry).href);
  // Neither built nor fetched here: what runs is what somebody installed.
  const own = { build: 'never', skipDownload: true, gpu: false, logLevel: library.LlamaLogLevel.error };
  return library.getLlama({ ...own, maxThreads: threads });
}

function notInstalled(home: string): ContinuumError {
  const packages = 'node-llama-cpp@3.22.1 @node-llama-cpp/linux-x64@3.22.1';
  return new ContinuumError('CONFIG_INVALID', `node-llama-cpp is not installed in ${home}.`, {
    next: `npm install --prefix ${home} --omit=optional --ignore-scripts ${packages}`,
  });
}
