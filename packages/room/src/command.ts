import { ownWords } from './mentions.ts';

/** The name under which people give us commands: `@continuum help`. */
export const COMMAND_NAME = 'continuum';

/** What stands after a name, ours when absent, where a message begins with it, trimmed; undefined for every other message. */
export function commandWords(text: string, name: string = COMMAND_NAME): string | undefined {
  const own = ownWords(text);
  const addressed = new RegExp(`^\\s*[@/]${name.replaceAll(/[^\w-]/g, '')}(?:\\[bot\\])?[\\s,:]+(?=\\S)`, 'i').exec(
    own,
  )?.[0];
  if (addressed === undefined) return undefined;
  // Code and quotes belong to what is said, once it is said to us.
  return text.slice(text.indexOf(addressed.trimStart()) + addressed.trimStart().length).trim();
}
