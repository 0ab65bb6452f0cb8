/** The pairs that are joined, first to last: enough for " post" and " skip" to be one token each. */
const MERGES = [
  ['p', 'o'],
  ['s', 't'],
  ['po', 'st'],
  ['Ġ', 'post'],
  ['s', 'k'],
  ['i', 'p'],
  ['sk', 'ip'],
  ['Ġ', 'skip'],
  ['t', 'h'],
  ['th', 'e'],
  ['Ġ', 'the'],
  ['i', 'n'],
  ['in', 'g'],
  ['=', 't'],
] as const;

/** GPT-2's alphabet: printable bytes stand for themselves, the others for code points from 256 on. */
function byteAlphabet(): string[] {
  const isPrintable = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(isPrintable(byte) ? byte : next++));
}

/** How text is cut before the merges: as GPT-2 does, or at white space alone, so that `=t` can be one token. */
export type Cut = 'gpt-2' | 'words';

/** A byte-level BPE in the layout of `tokenizer.json`: an end mark, 256 bytes, and a few merges. */
export function tinyTokenizer(cut: Cut = 'gpt-2') {
  const tokens = ['<|endoftext|>', ...byteAlphabet(), ...MERGES.map((pair) => pair.join(''))];
  const special = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  const bytesOnly = { ...byteLevel, use_regex: false };
  const words = { type: 'Split', pattern: { Regex: ' ?[^\\s]+|\\s' }, behavior: 'Isolated', invert: false };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [{ id: 0, content: '<|endoftext|>', ...special }],
    normalizer: null,
    pre_tokenizer: cut === 'gpt-2' ? byteLevel : { type: 'Sequence', pretokenizers: [words, bytesOnly] },
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: MERGES.map((pair) => [...pair]),
    },
  };
}
