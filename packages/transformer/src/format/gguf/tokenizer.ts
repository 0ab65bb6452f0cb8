import { ContinuumError } from '@continuum/contract/errors';
import { z } from 'zod';
import type { GgufValue } from './values.ts';
import { isWithinWord, toWordToken } from './words.ts';

/** Token types of llama.cpp (`llama_token_type`). */
const TYPE = { normal: 1, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;
const END_MARKS = ['<|endoftext|>', '<|end_of_text|>', '</s>', '<eos>'];

const Step = z.looseObject({ type: z.string() });
const ByteLevel = z.looseObject({
  type: z.literal('ByteLevel'),
  add_prefix_space: z.literal(false),
  use_regex: z.boolean().default(true),
});
const Digits = z.looseObject({ type: z.literal('Digits'), individual_digits: z.literal(true) });
/** Words with the space before them, and all other white space one by one. */
const Words = z.looseObject({
  type: z.literal('Split'),
  pattern: z.object({ Regex: z.literal(' ?[^\\s]+|\\s') }),
  behavior: z.literal('Isolated'),
  invert: z.literal(false),
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
    merges: z.array(z.union([z.string().transform((text) => text.split(' ')), z.array(z.string())])),
  }),
});
type TokenizerFile = z.infer<typeof TokenizerFile>;

function unknown(why: string): ContinuumError {
  return new ContinuumError('CONFIG_INVALID', `This tokenizer cannot go into a GGUF file: ${why}.`, {
    next: 'Use a byte-level BPE that cuts text as GPT-2 does, with digits one by one or together, or at white space.',
  });
}

/** llama.cpp's name for the way text is cut before the merges. */
function preTokenizer({ pre_tokenizer: pre, model }: TokenizerFile): 'gpt-2' | 'smollm' | 'gemma4' {
  if (pre.type === 'ByteLevel') {
    if (!pre.use_regex) throw unknown('it does not cut text into words');
    return 'gpt-2';
  }
  const [first, second] = pre.pretokenizers;
  const bytes = ByteLevel.safeParse(second);
  if (Digits.safeParse(first).success && bytes.data?.use_regex === true) return 'smollm';
  if (!Words.safeParse(first).success || bytes.data?.use_regex !== false) {
    throw unknown(`it cuts text by ${first?.type} and ${second?.type}`);
  }
  const across = model.merges.map((pair) => pair.join('')).find((token) => !isWithinWord(token));
  if (across !== undefined) throw unknown(`the merge to ${JSON.stringify(across)} reaches over white space`);
  return 'gemma4';
}

/** How a token is written down and what kind it is. */
interface Entry {
  readonly token: string;
  readonly type: number;
}

const asIs = (token: string): Entry => ({ token, type: TYPE.normal });

function asWord(token: string): Entry | undefined {
  const word = toWordToken(token);
  return word && { token: word.token, type: word.isByte ? TYPE.byte : TYPE.normal };
}

/** All tokens by id; those without one, and those that cannot be written, are unused. */
function entries({ model, added_tokens }: TokenizerFile, vocabSize: number, write: typeof asWord): Entry[] {
  const all = Array.from({ length: vocabSize }, (_, id): Entry => ({ token: `[UNUSED${id}]`, type: TYPE.unused }));
  const set = (id: number, entry: Entry | undefined): void => {
    if (id >= vocabSize) throw unknown(`its token ${id} is beyond the model's ${vocabSize}`);
    if (entry !== undefined) all[id] = entry;
  };
  for (const [token, id] of Object.entries(model.vocab)) set(id, write(token));
  for (const { id, content, special } of added_tokens) {
    set(id, { token: content, type: special ? TYPE.control : TYPE.userDefined });
  }
  return all;
}

/**
 * The metadata by which llama.cpp tokenizes as this `tokenizer.json` does; `vocabSize` ids in all, those without a token
 * as unused ones. Throws CONFIG_INVALID for another kind of tokenizer.
 */
export function tokenizerMetadata(tokenizerJson: unknown, vocabSize: number): [string, GgufValue][] {
  const parsed = TokenizerFile.safeParse(tokenizerJson);
  if (!parsed.success) throw unknown(z.prettifyError(parsed.error));
  const pre = preTokenizer(parsed.data);
  const write = pre === 'gemma4' ? asWord : asIs;
  const tokens = entries(parsed.data, vocabSize, write);
  const end = parsed.data.added_tokens.find(({ content }) => END_MARKS.includes(content))?.id ?? 0;
  return [
    ['tokenizer.ggml.model', { type: 'text', value: 'gpt2' }],
    ['tokenizer.ggml.pre', { type: 'text', value: pre }],
    ['tokenizer.ggml.tokens', { type: 'texts', value: tokens.map(({ token }) => token) }],
    ['tokenizer.ggml.token_type', { type: 'i32s', value: tokens.map(({ type }) => type) }],
    ['tokenizer.ggml.merges', { type: 'texts', value: mergeTexts(parsed.data, write) }],
    ['tokenizer.ggml.bos_token_id', { type: 'u32', value: end }],
    ['tokenizer.ggml.eos_token_id', { type: 'u32', value: end }],
    ['tokenizer.ggml.add_bos_token', { type: 'bool', value: false }],
    ['tokenizer.ggml.add_eos_token', { type: 'bool', value: false }],
  ];
}

/** Merges of whole characters; those of parts of one are needed no more where a character is a token of its own. */
function mergeTexts({ model }: TokenizerFile, write: typeof asWord): string[] {
  return model.merges.flatMap((pair) => {
    const written = pair.map((token) => write(token));
    const texts = written.flatMap((entry) => (entry === undefined || entry.type === TYPE.byte ? [] : [entry.token]));
    return texts.length === pair.length ? [texts.join(' ')] : [];
  });
}
