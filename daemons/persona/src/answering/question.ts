import type { Finding } from '@continuum/contract/finding';
import type { Message } from '@continuum/contract/room';
import { scopeChain } from '@continuum/genome/scopes';
import { askedText } from '@continuum/persona/speech';
import type { PersonaRuntime } from '../runtime.ts';
import type { Question } from './answer.ts';

/** Whoever speaks through these holds the token of this system. */
const OWN_CLIENTS: ReadonlySet<Message['source']['kind']> = new Set(['web', 'cli', 'api', 'vscode']);

/**
 * A question where it was asked: about the thread's finding, else about the repository that the thread speaks of, else about
 * whatever the room's people know.
 */
export async function questionIn(
  { store }: Pick<PersonaRuntime, 'store'>,
  text: string,
  message: Message,
  thread: readonly Message[],
  finding: Finding | undefined,
): Promise<Question> {
  const about = [message, ...thread].find(({ source }) => source.repo !== undefined)?.source;
  const scope = finding?.scope ?? (await store.rooms.get(message.roomId))?.scope;
  return {
    text: askedText(text),
    repo: finding?.repo ?? about?.repo,
    pr: finding?.pr ?? about?.pr,
    roomId: message.roomId,
    scopes: scope === undefined ? [] : scopeChain(scope),
    finding,
    localCode: OWN_CLIENTS.has(message.source.kind),
    except: new Set([message.id]),
  };
}
