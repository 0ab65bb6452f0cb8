import type { CommandContext, CommandOutput, CommandParsed, Commands } from '@continuum/contract/command';
import { ContinuumError } from '@continuum/contract/errors';
import type { PersonLink } from '@continuum/contract/room';
import { claim } from './claims.ts';
import { prove } from './proof.ts';
import type { PeopleRuntime } from './runtime.ts';
import { connectRoom } from './views.ts';

/** Everything that says who somebody is and where a room is seen: only the operator decides it, or both sides prove it. */
export function registerPeople(commands: Commands, runtime: PeopleRuntime): void {
  commands.register('people/link', (input, context) => link(runtime, input, context));
  commands.register('people/unlink', (input) => unlink(runtime, input));
  commands.register('people/list', () => runtime.store.views.people());
  commands.register('people/claim', (input) => claim(runtime, input));
  commands.register('people/prove', (input) => prove(runtime, input));
  commands.register('rooms/connect', (input) => connectRoom(runtime, input));
  commands.register('rooms/views', ({ roomId }) => runtime.store.views.views(roomId));
}

async function link(
  { store, now }: PeopleRuntime,
  input: CommandParsed<'people/link'>,
  { caller }: CommandContext,
): Promise<PersonLink> {
  const linked = { ...input, by: `${caller.kind}:${caller.id}`, at: now().toISOString() };
  await store.views.linkPerson(linked);
  return linked;
}

async function unlink(
  { store }: PeopleRuntime,
  { kind, externalId }: CommandParsed<'people/unlink'>,
): Promise<CommandOutput<'people/unlink'>> {
  if (await store.views.unlinkPerson(kind, externalId)) return { kind, externalId };
  throw new ContinuumError('NOT_FOUND', `nobody is known as ${externalId} on ${kind}`, {
    next: 'continuum people list shows who is known where.',
  });
}
