import { ContinuumError } from '@continuum/contract/errors';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';

/** Text to token ids and back, by the rules of one base model. */
export interface Tokenizer {
  /** No mark of beginning or end is added. */
  encode(text: string): number[];
  decode(ids: readonly number[]): string;
}

const TokenizerJson = z.looseObject({
  model: z.looseObject({
    type: z.string().nullish(),
    vocab: z.union([z.record(z.string(), z.int()), z.array(z.unknown())]),
  }),
  added_tokens: z.array(z.looseObject({ id: z.int(), content: z.string() })).nullish(),
});

/** A tokenizer from the parsed content of `tokenizer.json`. Throws CONFIG_INVALID when it is none that the library knows. */
export function createTokenizer(tokenizerJson: unknown): Tokenizer {
  const parsed = TokenizerJson.safeParse(tokenizerJson);
  if (!parsed.success) throw unreadable(z.prettifyError(parsed.error));
  const inner = open(parsed.data);
  return {
    encode: (text) => inner.encode(text, { add_special_tokens: false }).ids,
    // The library refuses an empty list.
    decode: (ids) => (ids.length === 0 ? '' : inner.decode([...ids], { clean_up_tokenization_spaces: false })),
  };
}

function open(json: object): HuggingFaceTokenizer {
  try {
    return new HuggingFaceTokenizer(json, {});
  } catch (cause) {
    throw unreadable(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function unreadable(why: string, cause?: unknown): ContinuumError {
  return new ContinuumError('CONFIG_INVALID', `tokenizer.json cannot be used: ${why}`, {
    next: 'Give the tokenizer.json that belongs to the base model.',
    cause,
  });
}
