import type { CommandWord } from './command-word.ts';
import { explain } from './explain.ts';
import { scopeEnter, scopeLeave } from './scope.ts';
import { whoTaught } from './who-taught.ts';

/** Everything that people can ask of us by name; `help` is what is left when nothing fits. */
export const COMMAND_WORDS: readonly CommandWord[] = [explain, whoTaught, scopeEnter, scopeLeave];
