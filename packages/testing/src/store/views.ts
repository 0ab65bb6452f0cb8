import { newId, RoomId } from '@continuum/contract/ids';
import type { RoomView } from '@continuum/contract/room';
import { describe, expect, test } from 'vitest';
import { sampleMessage } from './samples.ts';
import type { StoreUnderTest } from './under-test.ts';

const AT = '2026-03-01T10:00:00.000Z';
const unique = () => newId('x');

/** Messages in several places, rooms seen from outside, people known by several names. */
export function viewStoreContract({ store }: StoreUnderTest): void {
  describe('views', () => {
    test('a message is found at its own source and wherever it stands besides', async () => {
      const { rooms, views } = store();
      const [github, slack] = [unique(), unique()];
      const message = sampleMessage({ source: { kind: 'github', externalId: github } });
      await rooms.addMessage(message);
      const link = { messageId: message.id, kind: 'slack' as const, externalId: slack, url: 'https://example.com/1' };
      expect(await views.linkMessage(link)).toBe(true);
      expect(await views.linkMessage({ ...link, messageId: sampleMessage().id })).toBe(false);
      expect(await views.messageAt('github', github)).toEqual(message);
      expect(await views.messageAt('slack', slack)).toEqual(message);
      expect(await views.messageAt('slack', github)).toBeUndefined();
      expect(await views.linksOf([message.id])).toEqual([link]);
      expect(await views.linksOf([])).toEqual([]);
    });

    test('a place shows one room, a room is seen in many places', async () => {
      const { views } = store();
      const room = RoomId.parse(unique().replace('_', '-'));
      const other = RoomId.parse(unique().replace('_', '-'));
      const view = (place: string, roomId = room): RoomView => ({ kind: 'slack', place, roomId, title: '#a', at: AT });
      const [one, two] = [unique(), unique()];
      for (const place of [one, two]) await views.bind(view(place));
      expect((await views.views(room)).map(({ place }) => place)).toEqual([one, two]);
      await views.bind(view(two, other));
      expect(await views.views(room)).toEqual([view(one)]);
      expect(await views.viewAt('slack', two)).toEqual(view(two, other));
      expect(await views.viewAt('linear', two)).toBeUndefined();
      expect((await views.views()).length).toBeGreaterThanOrEqual(2);
    });

    test('somebody is known by their login, until they are not', async () => {
      const { views } = store();
      const externalId = unique();
      const link = { kind: 'slack' as const, externalId, person: 'ada', by: 'operator', at: AT };
      await views.linkPerson({ ...link, person: 'wrong' });
      await views.linkPerson(link);
      expect(await views.personAt('slack', externalId)).toEqual(link);
      expect(await views.personAt('jira', externalId)).toBeUndefined();
      expect((await views.people()).filter((each) => each.externalId === externalId)).toEqual([link]);
      expect(await views.unlinkPerson('slack', externalId)).toBe(true);
      expect(await views.unlinkPerson('slack', externalId)).toBe(false);
    });
  });
}
