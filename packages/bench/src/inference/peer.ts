import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The part of node-llama-cpp 3.22 that is used here; the library is an optional install, so its own types cannot be. */
interface Library {
  readonly LlamaLogLevel: { readonly error: string };
  getLlama(options: object): Promise<{ loadModel(options: object): Promise<Model>; dispose(): Promise<void> }>;
}
interface Model {
  createContext(options: object): Promise<{ getSequence(): Sequence }>;
}
interface Sequence {
  clearHistory(): Promise<void>;
  controlledEvaluate(input: readonly (number | readonly [number, object])[]): Promise<unknown>;
  evaluate(tokens: readonly number[], options: object): AsyncIterable<number>;
}

/** llama.cpp on one thread. */
export interface Peer {
  /** The whole prompt, and the logits of two answers after it. */
  score(prompt: readonly number[], answers: readonly number[]): Promise<void>;
  /** Greedy tokens after the prompt; answers with how many came. */
  generate(prompt: readonly number[], count: number): Promise<number>;
  close(): Promise<void>;
}

/** Opens a GGUF in node-llama-cpp as it is installed under `home`. */
export async function startPeer(home: string, gguf: string, contextSize: number): Promise<Peer> {
  const entry = createRequire(join(home, 'package.json')).resolve('node-llama-cpp');
  const library: Library = await import(pathToFileURL(entry).href);
  const quiet = { build: 'never', skipDownload: true, gpu: false, logLevel: library.LlamaLogLevel.error };
  const llama = await library.getLlama({ ...quiet, maxThreads: 1 });
  const model = await llama.loadModel({ modelPath: gguf });
  const context = await model.createContext({ contextSize, batchSize: contextSize, sequences: 1, threads: 1 });
  const sequence = context.getSequence();
  return {
    score: async (prompt, answers) => {
      await sequence.clearHistory();
      const wanted = {
        generateNext: { logits: { filter: { tokens: answers, includeTop: 1 } }, totalLogitWeight: true },
      };
      await sequence.controlledEvaluate([...prompt.slice(0, -1), [prompt.at(-1) ?? 0, wanted]]);
    },
    generate: async (prompt, count) => {
      await sequence.clearHistory();
      let made = 0;
      for await (const _ of sequence.evaluate(prompt, { temperature: 0, yieldEogToken: true })) {
        made += 1;
        if (made === count) break;
      }
      return made;
    },
    close: () => llama.dispose(),
  };
}
