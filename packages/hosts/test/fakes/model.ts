import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Adapter } from '@continuum/contract/adapter';
import { createEngine, type Engine } from '@continuum/transformer/engine';
import { fromGgufAdapter } from '@continuum/transformer/format/gguf';
import { fromPeft } from '@continuum/transformer/format/peft';
import { readBaseModel } from '@continuum/transformer/format/weights';
import { createTokenizer, type Tokenizer } from '@continuum/transformer/tokenizer';

/** The numbers behind a fake server: our engine, so that a fake says what the real server would. */
export class FakeModel {
  readonly tokenizer: Tokenizer;
  readonly #engine: Engine;

  constructor(baseFolder: string) {
    const configJson = readFileSync(join(baseFolder, 'config.json'), 'utf8');
    const safetensors = readFileSync(join(baseFolder, 'model.safetensors'));
    this.#engine = createEngine(readBaseModel({ configJson, safetensors }));
    this.tokenizer = createTokenizer(JSON.parse(readFileSync(join(baseFolder, 'tokenizer.json'), 'utf8')));
  }

  readPeft(folder: string): Adapter {
    const config = readFileSync(join(folder, 'adapter_config.json'), 'utf8');
    return fromPeft({ config, weights: readFileSync(join(folder, 'adapter_model.safetensors')) }, this.#engine.config);
  }

  readGguf(bytes: Uint8Array): Adapter {
    return fromGgufAdapter(bytes, this.#engine.config);
  }

  /** Log-probability of each token after those before it; null for the first. */
  logProbabilities(tokens: readonly number[], adapters: readonly Adapter[]): (number | null)[] {
    const rows = this.#distributions(tokens, adapters);
    return tokens.map((token, index) => (index === 0 ? null : (rows[index - 1]?.[token] ?? null)));
  }

  /** Log-probabilities of the whole vocabulary after these tokens. */
  next(tokens: readonly number[], adapters: readonly Adapter[]): readonly number[] {
    return this.#distributions(tokens, adapters).at(-1) ?? [];
  }

  /** Token ids by falling probability. */
  top(distribution: readonly number[], count: number): number[] {
    const ids = [...distribution.keys()];
    return ids.sort((a, b) => (distribution[b] ?? 0) - (distribution[a] ?? 0)).slice(0, count);
  }

  #distributions(tokens: readonly number[], adapters: readonly Adapter[]): number[][] {
    const prepared = adapters.map((adapter) => this.#engine.prepare(adapter));
    const { vocabSize } = this.#engine.config;
    const logits = this.#engine.logits(tokens, prepared);
    for (const adapter of prepared) adapter.release();
    return tokens.map((_, row) => logSoftmax([...logits.subarray(row * vocabSize, (row + 1) * vocabSize)]));
  }
}

function logSoftmax(logits: readonly number[]): number[] {
  const most = Math.max(...logits);
  const total = most + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0));
  return logits.map((logit) => logit - total);
}
