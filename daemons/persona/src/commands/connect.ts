import { RoomId, ScopeId } from '@continuum/contract/ids';
import { codeSpan } from '@continuum/room/escape';
import type { CommandWord } from './command-word.ts';

/** `connect`: a channel of a chat shows another room. */
export const connect: CommandWord = {
  words: 'connect',
  usage: 'connect <room>',
  summary: 'shows a room in this channel of a chat; one that is new is made.',
  async obey({ store, settings, now }, { rest, author, message }) {
    // Who is in a channel sees what the room says: somebody whom nobody knows must not show it to them.
    const isKnown = !author.id.includes(':') || settings.teachers.includes(author.id);
    if (!isKnown) return 'Only somebody known by their login connects a channel: `/continuum link <login>`.';
    const { kind, place } = message.source;
    if (kind !== 'slack' || place === undefined) return 'Only a channel of a chat shows a room.';
    const roomId = RoomId.safeParse(rest.replace(/^#/, '')).data;
    if (roomId === undefined) {
      const rooms = (await store.rooms.list()).map(({ id }) => codeSpan(id)).join(', ');
      return `Say which room, in small letters, digits and hyphens. There are: ${rooms}.`;
    }
    const at = now().toISOString();
    await store.transaction(async (inside) => {
      const known = await inside.rooms.get(roomId);
      if (known === undefined) await inside.rooms.upsert({ id: roomId, title: roomId, scope: ScopeId.parse('/'), at });
      await inside.views.bind({ kind, place, roomId, title: known?.title ?? roomId, at });
      const detail = { place, room: roomId };
      await inside.audit.record({
        actor: `person:${author.id}`,
        action: 'room/connect',
        subject: `roomId:${roomId}`,
        detail,
      });
    });
    return `This channel shows ${codeSpan(roomId)} from now on.`;
  },
};
