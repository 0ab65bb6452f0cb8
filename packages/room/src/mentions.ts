/** Lines quoted from somebody else, fenced code and code spans: words in them are not the writer's own. */
const NOT_OWN_WORDS = [/^(?:```|~~~)[\s\S]*?(?:^(?:```|~~~)|$(?![\s\S]))/gm, /^[ \t]*>.*$/gm, /`[^`\n]*`/g];
// A login on GitHub or a persona id; no mail address, and no scope of a package such as @types/node.
const MENTION = /(?<![\w@./-])@([a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?)(?![\w@/-])/gi;

/** A message without the words that are not the writer's own: quotes and code. */
export function ownWords(text: string): string {
  return NOT_OWN_WORDS.reduce((rest, pattern) => rest.replaceAll(pattern, ' '), text.replaceAll('\r\n', '\n'));
}

/** Ids mentioned as `@security-ai`, lower case, each once, in order; quotes, code and mail addresses do not count. */
export function mentions(text: string): string[] {
  return [...new Set([...ownWords(text).matchAll(MENTION)].map((match) => (match[1] ?? '').toLowerCase()))];
}
