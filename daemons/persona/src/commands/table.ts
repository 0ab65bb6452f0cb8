import type { CommandWord } from './command-word.ts';
import { connect } from './connect.ts';
import { explain } from './explain.ts';
import { ignore } from './ignore.ts';
import { learn } from './learn.ts';
import { link, unlink } from './link.ts';
import { review } from './review.ts';
import { scopeEnter, scopeLeave } from './scope.ts';
import { ticket } from './ticket.ts';
import { whoTaught } from './who-taught.ts';

/** Everything that people can ask of us by name; `help` is what is left when nothing fits. */
export const COMMAND_WORDS: readonly CommandWord[] = [
  ...[explain, whoTaught, ignore, learn, review],
  ...[scopeEnter, scopeLeave, ticket],
  ...[link, unlink, connect],
];
