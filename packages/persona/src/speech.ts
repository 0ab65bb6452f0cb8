const NOT_OWN_WORDS = [/^(?:```|~~~)[\s\S]*?(?:^(?:```|~~~)|$(?![\s\S]))/gm, /^[ \t]*>.*$/gm, /`[^`\n]*`/g];
const MENTION = /(?<![\w@./-])@([a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?)(?![\w@/-])/gi;
const ASKING =
  /\?|^\s*(?:@\S+[,:]?\s+)*(?:why|how|what|where|when|which|who|can you|could you|would you|please explain|explain|tell me|show me)\b/im;

function ownWords(text: string): string {
  return NOT_OWN_WORDS.reduce((rest, pattern) => rest.replaceAll(pattern, ' '), text.replaceAll('\r\n', '\n'));
}

/** Ids mentioned as `@id`, lower case; quotes, code and mail addresses do not count. */
export function mentionedIds(text: string): string[] {
  return [...new Set([...ownWords(text).matchAll(MENTION)].map((match) => (match[1] ?? '').toLowerCase()))];
}

/** What somebody asks, without whom they ask and without what they quote of others; code stays. */
export function askedText(text: string): string {
  return text
    .replaceAll(/^[ \t]*>.*$/gm, ' ')
    .replaceAll(MENTION, ' ')
    .trim();
}

/** Does somebody ask something in their own words? */
export function isQuestion(text: string): boolean {
  return ASKING.test(ownWords(text));
}

/** A message without a word: empty, dots, emoji, or a quote of others only. */
export function isSilent(text: string): boolean {
  return !/[\p{L}\p{N}]/u.test(text) || !/[\p{L}\p{N}`]/u.test(text.replaceAll(/^[ \t]*>.*$/gm, ''));
}

/** Interests that occur in a text as whole words, singular or plural, case ignored. */
export function interestsIn(text: string, interests: readonly string[]): string[] {
  const words = ` ${text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, ' ')} `;
  return interests.filter((interest) => {
    const wanted = interest
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
      .trim();
    return wanted !== '' && (words.includes(` ${wanted} `) || words.includes(` ${wanted}s `));
  });
}
