import type { CommandParsed } from '@continuum/contract/command';
import { ContinuumError } from '@continuum/contract/errors';
import type { RoomView } from '@continuum/contract/room';
import type { PeopleRuntime } from './runtime.ts';

/** Handler of `rooms/connect`: the place shows this room from now on, and no other. Throws NOT_FOUND for an unknown room. */
export async function connectRoom(
  { store, now }: PeopleRuntime,
  { roomId, kind, place, title }: CommandParsed<'rooms/connect'>,
): Promise<RoomView> {
  if ((await store.rooms.get(roomId)) === undefined) {
    throw new ContinuumError('NOT_FOUND', `there is no room ${roomId}`, { next: 'continuum rooms list shows them.' });
  }
  const view = { roomId, kind, place, title: title ?? place, at: now().toISOString() };
  await store.views.bind(view);
  return view;
}
