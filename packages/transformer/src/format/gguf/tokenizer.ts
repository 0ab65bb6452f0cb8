import { ContinuumError } from '@continuum/contract/errors';
import { z } from 'zod';
import type { GgufValue } from './values.ts';

/** Token types of llama.cpp (`llama_token_type`). */
const TYPE = { normal: 1, control: 3, userDefined: 4, unused: 5 } as const;

const Step = z.looseObject({ type: z.string() });
const ByteLevel = z.looseObject({
  type: z.literal('ByteLevel'),
  add_prefix_space: z.literal(false),
  use_regex: z.boolean().default(true),
});
const TokenizerFile = z.looseObject({
  added_tokens: z
    .array(z.looseObject({ id: z.number().int().nonnegative(), content: z.string(), special: z.boolean() }))
    .default([]),
  normalizer: z.null('a normalizer is not carried over').optional(),
  pre_tokenizer: z.union([
    ByteLevel,
    z.looseObject({ type: z.literal('Sequence'), pretokenizers: z.array(Step).length(2) }),
  ]),
  model: z.looseObject({
    type: z.literal('BPE'),
    vocab: z.record(z.string(), z.number().int().nonnegative()),
    merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])),
  }),
});
type TokenizerFile = z.infer<typeof TokenizerFile>;

function unknown(why: string): ContinuumError {
  return new ContinuumError('CONFIG_INVALID', `This tokenizer cannot go into a GGUF file: ${why}.`, {
    next: 'Use a byte-level BPE as GPT-2 has it, with digits one by one or together.',
  });
}

/** llama.cpp's name for the way text is cut before the merges. */
function preTokenizer({ pre_tokenizer: pre }: TokenizerFile): string {
  if (pre.type === 'ByteLevel') {
    if (!pre.use_regex) throw unknown('it does not cut text into words');
    return 'gpt-2';
  }
  const [first, second] = pre.pretokenizers;
  const isDigits = first?.type === 'Digits' && first.individual_digits === true;
  const bytes = ByteLevel.safeParse(second);
  if (isDigits && bytes.success && bytes.data.use_regex) return 'smollm';
  throw unknown(`it cuts text by ${first?.type} and ${second?.type}`);
}

/**
 * The metadata by which llama.cpp tokenizes as this `tokenizer.json` does; `vocabSize` ids in all, those without a token
 * as unused ones. Throws CONFIG_INVALID for another kind of tokenizer.
 */
export function tokenizerMetadata(tokenizerJson: unknown, vocabSize: number): [string, GgufValue][] {
  const parsed = TokenizerFile.safeParse(tokenizerJson);
  if (!parsed.success) throw unknown(z.prettifyError(parsed.error));
  const { model, added_tokens: added } = parsed.data;
  const tokens = Array.from({ length: vocabSize }, (_, id) => `[UNUSED${id}]`);
  const types: number[] = tokens.map(() => TYPE.unused);
  const set = (id: number, token: string, type: number): void => {
    if (id >= vocabSize) throw unknown(`its token ${id} is beyond the model's ${vocabSize}`);
    tokens[id] = token;
    types[id] = type;
  };
  for (const [token, id] of Object.entries(model.vocab)) set(id, token, TYPE.normal);
  for (const { id, content, special } of added) set(id, content, special ? TYPE.control : TYPE.userDefined);
  const end = added.find(({ content }) => /^<(\|endoftext\||\/s|\|end_of_text\||eos)>$/.test(content))?.id ?? 0;
  return [
    ['tokenizer.ggml.model', { type: 'text', value: 'gpt2' }],
    ['tokenizer.ggml.pre', { type: 'text', value: preTokenizer(parsed.data) }],
    ['tokenizer.ggml.tokens', { type: 'texts', value: tokens }],
    ['tokenizer.ggml.token_type', { type: 'i32s', value: types }],
    ['tokenizer.ggml.merges', { type: 'texts', value: model.merges.map(mergeText) }],
    ['tokenizer.ggml.bos_token_id', { type: 'u32', value: end }],
    ['tokenizer.ggml.eos_token_id', { type: 'u32', value: end }],
    ['tokenizer.ggml.add_bos_token', { type: 'bool', value: false }],
    ['tokenizer.ggml.add_eos_token', { type: 'bool', value: false }],
  ];
}

const mergeText = (merge: string | readonly [string, string]): string =>
  typeof merge === 'string' ? merge : merge.join(' ');
