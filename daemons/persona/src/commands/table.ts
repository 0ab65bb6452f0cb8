import type { CommandWord } from './command-word.ts';
import { explain } from './explain.ts';
import { link } from './link.ts';

/** Everything that people can ask of us by name; `help` is what is left when nothing fits. */
export const COMMAND_WORDS: readonly CommandWord[] = [explain, link];
