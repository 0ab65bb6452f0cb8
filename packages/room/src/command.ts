import { ownWords } from './mentions.ts';

/** The name under which people give us commands: `@continuum help`. */
export const COMMAND_NAME = 'continuum';

const ADDRESSED = new RegExp(`^\\s*[@/]${COMMAND_NAME}(?:\\[bot\\])?[\\s,:]+(?=\\S)`, 'i');

/** What stands after our name where a message begins with it, trimmed; undefined for every other message. */
export function commandWords(text: string): string | undefined {
  const own = ownWords(text);
  const name = ADDRESSED.exec(own)?.[0];
  if (name === undefined) return undefined;
  // Code and quotes belong to what is said, once it is said to us.
  return text.slice(text.indexOf(name.trimStart()) + name.trimStart().length).trim();
}
