import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Adapter } from '@continuum/contract/adapter';
import { type TinyBase, type TinyOptions, tinyAdapter, writeTinyBase } from '@continuum/testing/tiny-model';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine } from '../../src/engine.ts';
import { ggufToPeft, peftToGguf, toGgufModel } from '../../src/format/gguf.ts';
import { fromPeft, type PeftFiles, toPeft } from '../../src/format/peft.ts';
import { readBaseModel } from '../../src/format/weights.ts';
import { createTokenizer } from '../../src/tokenizer.ts';
import { llamaCpp, type OracleAnswer, peft } from './oracles.ts';

/** Largest difference of a logit that another summation order explains. */
const TOLERANCE = 1e-4;
const SHIPPED = join(import.meta.dirname, '../../base');
/** Tiny models by their options, and the one that ships. */
const MODELS: readonly (readonly [string, TinyOptions | 'shipped'])[] = [
  ['grouped-query attention, tied embeddings, words cut as GPT-2 does', { heads: 4, kvHeads: 2, cut: 'gpt-2' }],
  [
    'plain attention, an output projection of its own, words cut at white space',
    { heads: 4, kvHeads: 4, tieWordEmbeddings: false, layers: 3, cut: 'words' },
  ],
  ['the base judge that ships', 'shipped'],
];
const texts = [
  'Should we post or skip?',
  'the string\n\n  "é 漢字" is 12345, isn\'t it?\t',
  'path=test=the  a=\r\n=there ',
  ' post',
  ' skip',
];
const tokens = Array.from({ length: 48 }, (_, index) => 1 + ((index * 37) % 269));

interface World {
  readonly base: TinyBase;
  readonly adapter: Adapter;
  /** Where the PEFT folder, the GGUF files and PEFT's own adapter lie. */
  readonly paths: Record<'model' | 'adapter' | 'ggufModel' | 'ggufAdapter' | 'madeByPeft', string>;
}

let root: string;
let worlds: World[];

async function readShipped(): Promise<TinyBase> {
  const [configJson, safetensors, tokenizer] = await Promise.all(
    ['config.json', 'model.safetensors', 'tokenizer.json'].map((file) => readFile(join(SHIPPED, file))),
  );
  if (configJson === undefined || safetensors === undefined || tokenizer === undefined) throw new Error('three files');
  const weights = readBaseModel({ configJson: configJson.toString(), safetensors });
  const baseModel = createHash('sha256').update(safetensors).digest('hex');
  return { folder: SHIPPED, weights, baseModel, tokenizerJson: JSON.parse(tokenizer.toString()) };
}

async function makeWorld(index: number, options: TinyOptions | 'shipped'): Promise<World> {
  const folder = join(root, String(index));
  const base =
    options === 'shipped'
      ? await readShipped()
      : await writeTinyBase(join(folder, 'base'), { seed: index + 1, ...options });
  const adapter = tinyAdapter(base.weights.config, index + 5, 4);
  const files = toPeft(adapter, { base: 'tiny' });
  const paths = {
    model: base.folder,
    adapter: join(folder, 'adapter'),
    ggufModel: join(folder, 'base.gguf'),
    ggufAdapter: join(folder, 'adapter.gguf'),
    madeByPeft: join(folder, 'made-by-peft'),
  };
  await mkdir(paths.adapter, { recursive: true });
  await writeFile(join(paths.adapter, 'adapter_config.json'), files.config);
  await writeFile(join(paths.adapter, 'adapter_model.safetensors'), files.weights);
  await writeFile(paths.ggufModel, toGgufModel(base.weights, base.tokenizerJson));
  await writeFile(paths.ggufAdapter, peftToGguf(files, base.weights.config));
  return { base, adapter, paths };
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'parity-'));
  worlds = await Promise.all(MODELS.map(([, options], index) => makeWorld(index, options)));
});
afterAll(() => rm(root, { recursive: true }));

function world(index: number): World {
  const found = worlds[index];
  if (found === undefined) throw new RangeError(`no model ${index}`);
  return found;
}

function ours({ base }: World, adapters: readonly Adapter[]): Float32Array {
  const engine = createEngine(base.weights);
  const logits = engine
    .logits(
      tokens,
      adapters.map((adapter) => engine.prepare(adapter)),
    )
    .slice();
  engine.release();
  return logits;
}

function largestDifference(logits: Float32Array, answer: OracleAnswer | undefined): number {
  const expected = answer?.logits.flat() ?? [];
  expect(logits.length).toBe(expected.length);
  return expected.reduce((largest, value, index) => Math.max(largest, Math.abs(value - (logits[index] ?? NaN))), 0);
}

describe.skipIf(!peft.isThere)(peft.title, () => {
  let answers: OracleAnswer[];
  beforeAll(async () => {
    const tasks = worlds.flatMap(({ paths: { model, adapter, madeByPeft } }) => [
      { model, tokens, texts },
      { model, adapter, tokens, texts },
      { model, save: madeByPeft, tokens, texts },
    ]);
    answers = await peft.run(tasks);
  });

  describe.each(MODELS.map(([name], index) => [name, index] as const))('%s', (_name, index) => {
    test('the base model gives the same logits', () => {
      expect(largestDifference(ours(world(index), []), answers[3 * index])).toBeLessThan(TOLERANCE);
    });

    test('our adapter loads there and gives the same logits', () => {
      const { adapter } = world(index);
      const [plain, adapted] = [answers[3 * index], answers[3 * index + 1]];
      const logits = ours(world(index), [adapter]);
      expect(largestDifference(logits, adapted)).toBeLessThan(TOLERANCE);
      expect(largestDifference(logits, plain)).toBeGreaterThan(0.1);
    });

    test('an adapter made there loads here, gives the same logits, and goes through GGUF byte for byte', async () => {
      const { base, paths } = world(index);
      const files: PeftFiles = {
        config: await readFile(join(paths.madeByPeft, 'adapter_config.json'), 'utf8'),
        weights: await readFile(join(paths.madeByPeft, 'adapter_model.safetensors')),
      };
      const { config } = base.weights;
      const logits = ours(world(index), [fromPeft(files, config)]);
      expect(largestDifference(logits, answers[3 * index + 2])).toBeLessThan(TOLERANCE);
      const back = ggufToPeft(peftToGguf(files, config), config, { base: 'tiny' });
      expect(back.config).toBe(files.config);
      expect(Buffer.compare(back.weights, files.weights)).toBe(0);
    });

    test('text becomes the same tokens', () => {
      const tokenizer = createTokenizer(world(index).base.tokenizerJson);
      expect(texts.map((text) => tokenizer.encode(text))).toEqual(answers[3 * index]?.tokenized);
    });
  });
});

describe.skipIf(!llamaCpp.isThere)(llamaCpp.title, () => {
  let answers: OracleAnswer[];
  beforeAll(async () => {
    const tasks = worlds.flatMap(({ paths: { ggufModel: model, ggufAdapter: adapter } }) => [
      { model, tokens, texts },
      { model, adapter, tokens, texts },
    ]);
    answers = await llamaCpp.run(tasks);
  });

  describe.each(MODELS.map(([name], index) => [name, index] as const))('%s', (_name, index) => {
    test('the base model gives the same logits', () => {
      expect(largestDifference(ours(world(index), []), answers[2 * index])).toBeLessThan(TOLERANCE);
    });

    test('our adapter loads there and gives the same logits', () => {
      const { adapter } = world(index);
      const [plain, adapted] = [answers[2 * index], answers[2 * index + 1]];
      const logits = ours(world(index), [adapter]);
      expect(largestDifference(logits, adapted)).toBeLessThan(TOLERANCE);
      expect(largestDifference(logits, plain)).toBeGreaterThan(0.1);
    });

    test('text becomes the same tokens', () => {
      const tokenizer = createTokenizer(world(index).base.tokenizerJson);
      expect(texts.map((text) => tokenizer.encode(text))).toEqual(answers[2 * index]?.tokenized);
    });
  });
});
