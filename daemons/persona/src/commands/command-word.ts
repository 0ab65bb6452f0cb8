import type { Finding } from '@continuum/contract/finding';
import type { Author, Message } from '@continuum/contract/room';
import type { PersonaRuntime } from '../runtime.ts';

/** Somebody gave us a command in a room, a comment or a chat. */
export interface Asked {
  /** What stands after the command's own words, trimmed. Untrusted text. */
  readonly rest: string;
  readonly author: Author;
  /** The message that holds the command. */
  readonly message: Message;
  /** The thread it was said in, oldest first. */
  readonly thread: readonly Message[];
  /** What the thread is about, if about one finding. */
  readonly finding: Finding | undefined;
}

/** Does what was asked and says so in Markdown; undefined where there is nothing to say. */
export type Obey = (runtime: PersonaRuntime, asked: Asked) => Promise<string | undefined>;

export interface CommandWord {
  /** First words of the command, small letters: `scope enter`. */
  readonly words: string;
  /** How it is written, for the help: `scope enter <scope> [persona]`. */
  readonly usage: string;
  /** One sentence. */
  readonly summary: string;
  readonly obey: Obey;
}
