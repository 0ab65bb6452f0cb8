import { createHash } from 'node:crypto';
import type { Message } from '@continuum/contract/room';
import type { CommandSignal, MessageSignal, SourceName } from '@continuum/contract/source';
import { transactAndTell } from '@continuum/host/tell';
import { COMMAND_NAME } from '@continuum/room/command';
import { sourceMessageId } from '../identity.ts';
import { addAndTell, tellMessage } from '../rooms.ts';
import type { PersonaRuntime } from '../runtime.ts';
import { authorOf } from './authors.ts';
import { messageAt, positionOf } from './places.ts';

/** Longest text that a room takes, in characters. */
const LONGEST = 200_000;

/** What somebody said somewhere becomes a message of the room that is seen there, or changes the one it edits. */
export async function takeMessage(runtime: PersonaRuntime, source: SourceName, signal: MessageSignal): Promise<void> {
  // Bots are neither learned from nor answered: two of them would never end.
  if (signal.author.kind === 'bot') return;
  const known = await messageAt(runtime.store, source, signal.externalId);
  if (known !== undefined && known.author.kind !== 'person') return;
  if (signal.action === 'deleted') {
    if (known !== undefined) await takeEdit(runtime, known, '', signal.at);
    return;
  }
  if (signal.text.trim() === '') return;
  if (known === undefined) await bringIn(runtime, source, signal);
  else if (signal.action === 'edited') await takeEdit(runtime, known, signal.text.slice(0, LONGEST), signal.at);
}

/** A command to us is a message like any other: the room shows who asked for what. */
export function takeCommand(runtime: PersonaRuntime, source: SourceName, signal: CommandSignal): Promise<void> {
  const text = `@${COMMAND_NAME} ${signal.words}`;
  return takeMessage(runtime, source, { ...signal, kind: 'message', action: 'created', text });
}

/**
 * New words count like new ones said, and none at all take back what was said; an edit that was overtaken by a later one does
 * neither.
 */
async function takeEdit(runtime: PersonaRuntime, known: Message, text: string, at: string): Promise<void> {
  if (known.text === text || (known.editedAt !== undefined && known.editedAt > at)) return;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 24);
  await transactAndTell(runtime, async (store, tell) => {
    await store.rooms.editMessage(known.id, text, at);
    await tellMessage(tell, known, `${at}:${hash}`);
  });
}

async function bringIn(runtime: PersonaRuntime, source: SourceName, signal: MessageSignal): Promise<void> {
  const { store } = runtime;
  const { place, externalId, text, url, at } = signal;
  const position = await positionOf(store, { source, ...signal });
  const where = {
    ...(place.repo === undefined ? {} : { repo: place.repo }),
    ...(place.pr === undefined ? {} : { pr: place.pr }),
    ...(url === undefined ? {} : { url }),
  };
  await addAndTell(runtime, {
    ...{ id: sourceMessageId(source, externalId), ...position, text: text.slice(0, LONGEST), hop: 0, at },
    author: await authorOf(store, source, signal.author),
    source: { kind: source, externalId, place: place.id, ...where },
  });
}
