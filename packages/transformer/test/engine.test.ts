import type { Adapter } from '@continuum/contract/adapter';
import { tinyAdapter, tinyWeights } from '@continuum/testing/tiny-model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { composeAdapters } from '../src/compose.ts';
import { createEngine, type Engine } from '../src/engine.ts';

const weights = tinyWeights({ seed: 3 });
const { vocabSize } = weights.config;
const tokens = Array.from({ length: 75 }, (_, i) => (i * 37) % vocabSize);
const adapters = [tinyAdapter(weights.config, 5, 4), tinyAdapter(weights.config, 6, 8, ['q_proj', 'down_proj'])];

const furthest = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0);

function logitsUnder(engine: Engine, list: readonly Adapter[]): Float32Array {
  const prepared = list.map((adapter) => engine.prepare(adapter));
  const logits = engine.logits(tokens, prepared);
  for (const adapter of prepared) adapter.release();
  return logits;
}

/** The same sum from the logits of the whole text, with nothing shared or cached. */
function plainScore(engine: Engine, prompt: readonly number[], completion: readonly number[]): number {
  const logits = engine.logits([...prompt, ...completion], []);
  return completion.reduce((sum, token, i) => {
    const from = (prompt.length - 1 + i) * vocabSize;
    const row = logits.subarray(from, from + vocabSize);
    const top = Math.max(...row);
    const total = row.reduce((whole, value) => whole + Math.exp(value - top), 0);
    return sum + (row[token] ?? 0) - top - Math.log(total);
  }, 0);
}

describe('kernels', () => {
  const scalar = createEngine(weights, { kernel: 'scalar' });
  test.each(['simd', 'plain-simd'] as const)('%s gives the logits of plain TypeScript', (kernel) => {
    const engine = createEngine(weights, { kernel });
    expect(engine.kernel).not.toBe('scalar');
    for (const list of [[], adapters.slice(0, 1), adapters]) {
      expect(furthest(logitsUnder(engine, list), logitsUnder(scalar, list))).toBeLessThan(5e-5);
    }
  });

  test('take any number of heads, ranks and tokens', () => {
    const shape = fc.record({
      kvHeads: fc.constantFrom(1, 2, 4),
      rank: fc.integer({ min: 1, max: 17 }),
      length: fc.integer({ min: 1, max: 40 }),
      tied: fc.boolean(),
    });
    const check = ({ kvHeads, rank, length, tied }: typeof shape extends fc.Arbitrary<infer T> ? T : never): void => {
      const odd = tinyWeights({ hiddenSize: 32, kvHeads, intermediateSize: 40, tieWordEmbeddings: tied });
      const [fast, plain] = (['simd', 'scalar'] as const).map((kernel) => {
        const engine = createEngine(odd, { kernel });
        return engine.logits(tokens.slice(0, length), [engine.prepare(tinyAdapter(odd.config, rank, rank))]);
      });
      expect(furthest(fast ?? new Float32Array(1), plain ?? new Float32Array())).toBeLessThan(5e-5);
    };
    fc.assert(fc.property(shape, check), { numRuns: 15 });
  });
});

describe('scores', () => {
  const engine = createEngine(weights);
  const [p, q] = adapters.map((adapter) => engine.prepare(adapter));
  if (p === undefined || q === undefined) throw new Error('two adapters');
  const requests = [[], [p], [q], [p, q], []].map((list, i) => ({
    prompt: tokens.slice(i, 20 + 7 * i),
    completions: [[1], [2, 3], [4, 5, 6, 7, 8], []],
    adapters: list,
  }));

  test('of a batch under different adapters are bit for bit those of one by one', () => {
    expect(engine.score(requests)).toEqual(requests.flatMap((request) => engine.score([request])));
  });

  test('are those of each whole text without anything shared', () => {
    const [first, , , , last] = requests;
    for (const request of [first, last]) {
      if (request === undefined) continue;
      const [scores = []] = engine.score([request]);
      for (const [i, completion] of request.completions.entries()) {
        expect(scores[i]).toBeCloseTo(plainScore(engine, request.prompt, completion), 4);
      }
    }
  });

  test('are refused for tokens that the model cannot take', () => {
    const score = (prompt: number[]) => engine.score([{ prompt, completions: [[1]], adapters: [] }]);
    expect(() => score([])).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
    expect(() => score([vocabSize])).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
    expect(() => score(Array.from({ length: 256 }, () => 1))).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT' }),
    );
  });
});

describe('adapters', () => {
  test('of one request sum exactly as their composition does', () => {
    const engine = createEngine(weights);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 }), (ranks) => {
        const list = ranks.map((rank, i) => tinyAdapter(weights.config, rank + 10 * i, rank));
        expect(furthest(logitsUnder(engine, list), logitsUnder(engine, [composeAdapters(list)]))).toBeLessThan(5e-5);
      }),
      { numRuns: 10 },
    );
  });

  test('leave nothing behind: freed room is used again and answers stay', () => {
    const engine = createEngine(weights);
    const before = logitsUnder(engine, []);
    const first = logitsUnder(engine, adapters);
    for (let i = 0; i < 5; i += 1) expect(logitsUnder(engine, adapters)).toEqual(first);
    expect(logitsUnder(engine, [])).toEqual(before);
  });

  test('of another base are refused', () => {
    const other = tinyAdapter(tinyWeights({ hiddenSize: 32 }).config);
    expect(() => createEngine(weights).prepare(other)).toThrow(expect.objectContaining({ code: 'LAYER_INCOMPATIBLE' }));
  });
});

describe('generation', () => {
  const engine = createEngine(weights);
  const [adapter] = adapters.map((each) => engine.prepare(each));
  if (adapter === undefined) throw new Error('an adapter');

  test('with the cache of keys and values is that without it', () => {
    const prompt = tokens.slice(0, 10);
    const expected = [...prompt];
    for (let i = 0; i < 20; i += 1) {
      const last = engine.logits(expected, [adapter]).subarray(-vocabSize);
      expected.push(last.indexOf(Math.max(...last)));
    }
    expect(engine.generate(prompt, [adapter], { maxTokens: 20 })).toEqual(expected.slice(10));
  });

  test('with a temperature depends on the seed alone', () => {
    const sample = (seed: number) => engine.generate(tokens.slice(0, 5), [], { maxTokens: 12, temperature: 1, seed });
    expect(sample(1)).toEqual(sample(1));
    expect(sample(1)).not.toEqual(sample(2));
  });

  test('embeds texts as directions of length one', () => {
    const vector = engine.embed(tokens, [adapter]);
    expect(vector).toHaveLength(weights.config.hiddenSize);
    expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
  });
});
