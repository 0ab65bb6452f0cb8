import { tinyAdapter, tinyWeights } from '@continuum/testing/tiny-model';
import { tinyTokenizer } from '@continuum/testing/tiny-tokenizer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readGguf, writeGguf } from '../../src/format/gguf/file.ts';
import { fromGgufAdapter, ggufToPeft, peftToGguf, toGgufAdapter, toGgufModel } from '../../src/format/gguf.ts';
import { toPeft } from '../../src/format/peft.ts';
import { readSafetensors, rewriteSafetensors } from '../../src/format/safetensors.ts';
import { flip, refusal } from './damage.ts';

const { config: model } = tinyWeights({ hiddenSize: 8, intermediateSize: 12, heads: 2, kvHeads: 1 });
const adapter = tinyAdapter(model, 3, 2);
const about = { base: 'tiny' };

describe('PEFT to GGUF and back gives the same bytes', () => {
  test('whatever the heads, the rank, the targets and alpha', () => {
    const shapes = fc.constantFrom([1, 1], [2, 1], [2, 2], [4, 2], [6, 3]);
    const targets = fc.subarray([...adapter.targets], { minLength: 1 });
    fc.assert(
      fc.property(
        shapes,
        fc.integer({ min: 1, max: 5 }),
        targets,
        fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
        (...given) => {
          const [[heads = 1, kvHeads = 1], rank, modules, alpha] = given;
          const { config } = tinyWeights({ hiddenSize: heads * 4, intermediateSize: 6, heads, kvHeads, layers: 11 });
          const files = toPeft({ ...tinyAdapter(config, 1, rank, modules), alpha }, about);
          expect(ggufToPeft(peftToGguf(files, config), config, about)).toEqual(files);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('also a configuration and a header that another program wrote', () => {
    const files = toPeft(adapter, about);
    const { header, tensors } = readSafetensors(files.weights);
    const spaced = header.trim().replaceAll(',"', ', "').replaceAll('"F32"', '"BF16"');
    const halved = spaced.replace(
      /"data_offsets":\[(\d+),(\d+)\]/g,
      (_, start, end) => `"data_offsets":[${start / 2}, ${end / 2}]`,
    );
    const foreign = {
      config: JSON.stringify({ ...JSON.parse(files.config), peft_version: '0.21.2', kasa_config: null }, null, 4),
      weights: rewriteSafetensors(halved, tensors),
    };
    expect(ggufToPeft(peftToGguf(foreign, model), model, about)).toEqual(foreign);
  });

  test('an adapter in memory too', () => {
    const read = fromGgufAdapter(toGgufAdapter({ ...adapter, alpha: 0.1 }, model), model);
    expect(read).toEqual({ ...adapter, alpha: 0.1 });
  });

  test('a file without our keys becomes a fresh PEFT folder', () => {
    const files = ggufToPeft(toGgufAdapter(adapter, model), model, about);
    expect(files).toEqual(toPeft(adapter, about));
  });
});

describe('damage', () => {
  const bytes = peftToGguf(toPeft(adapter, about), model);
  const codes = [undefined, 'LAYER_CORRUPT', 'LAYER_INCOMPATIBLE'];

  test('a truncation is refused wherever it cuts', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), (length) => {
        expect(refusal(() => readGguf(bytes.subarray(0, length)))).toBe('LAYER_CORRUPT');
      }),
      { numRuns: 500 },
    );
  });

  test('any turned bit gives a clear refusal or an adapter of the same shape', () => {
    fc.assert(
      fc.property(fc.nat(), (bit) => {
        expect(codes).toContain(refusal(() => ggufToPeft(flip(bytes, bit), model, about)));
      }),
      { numRuns: 500 },
    );
  });

  test('bytes of chance behind a sound beginning are refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (rest) => {
        const file = new Uint8Array([...bytes.subarray(0, 8), ...rest]);
        expect(codes.slice(1)).toContain(refusal(() => fromGgufAdapter(file, model)));
      }),
    );
  });
});

describe('what is no LoRA of this model is refused', () => {
  test('an adapter of another model', () => {
    const other = tinyWeights({ hiddenSize: 16, heads: 2, kvHeads: 1 }).config;
    expect(refusal(() => fromGgufAdapter(toGgufAdapter(adapter, model), other))).toBe('LAYER_INCOMPATIBLE');
    expect(refusal(() => toGgufAdapter(adapter, other))).toBe('LAYER_INCOMPATIBLE');
  });

  test('a model', () => {
    const weights = tinyWeights({ hiddenSize: 8, heads: 2, kvHeads: 1 });
    const file = writeGguf(new Map([['general.type', { type: 'text', value: 'model' }]]), new Map());
    expect(refusal(() => fromGgufAdapter(file, weights.config))).toBe('LAYER_INCOMPATIBLE');
  });

  test('white space cuts words, unless a merge reaches over it', () => {
    const words = tinyTokenizer('words');
    const across = (merge: string[]) => ({
      ...words,
      model: { ...words.model, merges: [...words.model.merges, merge] },
    });
    const exported = (tokenizer: unknown) => refusal(() => toGgufModel(tinyWeights(), tokenizer));
    expect(exported(words)).toBeUndefined();
    expect(exported(across(['Ġthe', 'Ġpost']))).toBe('CONFIG_INVALID');
    expect(exported(across(['Ġ', 'Ġ']))).toBe('CONFIG_INVALID');
  });

  test.each([
    ['a normalizer', { normalizer: { type: 'NFC' } }],
    ['words that are not cut', { pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: false } }],
    ['WordPiece', { model: { type: 'WordPiece', vocab: {} } }],
    ['more tokens than the model has', { added_tokens: [{ id: 9999, content: '<x>', special: true }] }],
  ])('a tokenizer that llama.cpp would read otherwise: %s', (_what, change) => {
    const byteLevel = { type: 'ByteLevel', add_prefix_space: false };
    const plain = { pre_tokenizer: byteLevel, model: { type: 'BPE', vocab: { a: 0 }, merges: [] } };
    expect(refusal(() => toGgufModel(tinyWeights(), plain))).toBeUndefined();
    expect(refusal(() => toGgufModel(tinyWeights(), { ...plain, ...change }))).toBe('CONFIG_INVALID');
  });
});
