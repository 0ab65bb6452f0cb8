import { MessageId } from '@continuum/contract/ids';
import type { Reaction } from '@continuum/contract/room';
import { describe, expect, test } from 'vitest';
import { sampleMessage, sampleRoom } from './samples.ts';
import type { StoreUnderTest } from './under-test.ts';

const LATER = '2026-03-01T11:00:00.000Z';

/** Rooms, messages, threads, reactions. */
export function roomStoreContract({ store }: StoreUnderTest): void {
  describe('rooms', () => {
    test('a room is made once and renamed after', async () => {
      const room = sampleRoom();
      await store().rooms.upsert(room);
      await store().rooms.upsert({ ...room, title: 'Renamed' });
      expect(await store().rooms.get(room.id)).toEqual({ ...room, title: 'Renamed' });
      expect((await store().rooms.list()).filter(({ id }) => id === room.id)).toHaveLength(1);
      expect(await store().rooms.get(sampleRoom().id)).toBeUndefined();
    });

    test('a message is stored once per id and once per source and external id', async () => {
      const source = {
        kind: 'github',
        externalId: sampleMessage().id,
        url: 'https://example.com/1',
        repo: 'a/b',
        pr: 1,
      };
      const message = sampleMessage({ source, findingId: 'fnd', reviewId: 'rev', hop: 2 });
      expect(await store().rooms.addMessage(message)).toBe(true);
      expect(await store().rooms.addMessage(message)).toBe(false);
      expect(await store().rooms.addMessage(sampleMessage({ source }))).toBe(false);
      expect(await store().rooms.addMessage(sampleMessage({ source: { ...source, kind: 'slack' } }))).toBe(true);
      expect(await store().rooms.message(message.id)).toEqual(message);
      expect(await store().views.messageAt('github', source.externalId)).toEqual(message);
      expect(await store().views.messageAt('jira', source.externalId)).toBeUndefined();
    });

    test('an edit changes text and time of edit only', async () => {
      const message = sampleMessage();
      await store().rooms.addMessage(message);
      expect(await store().rooms.editMessage(message.id, 'changed', LATER)).toBe(true);
      expect(await store().rooms.message(message.id)).toEqual({ ...message, text: 'changed', editedAt: LATER });
      expect(await store().rooms.editMessage(MessageId.parse('nobody'), 'x', LATER)).toBe(false);
    });

    test('pages are the newest first, oldest first within, without gaps or repeats', async () => {
      const { id: roomId } = sampleRoom();
      const all = Array.from({ length: 7 }, () => sampleMessage({ roomId }));
      for (const message of all) await store().rooms.addMessage(message);
      const ids = all.map((message) => message.id);
      const seen: string[] = [];
      for (let before: string | undefined; seen.length < 7; before = seen[0]) {
        const page = await store().rooms.messages(roomId, { limit: 3, ...(before === undefined ? {} : { before }) });
        expect(page.length).toBeGreaterThan(0);
        seen.unshift(...page.map((message) => message.id));
      }
      expect(seen).toEqual(ids);
      expect(await store().rooms.messages(roomId, { before: ids[0] ?? '' })).toEqual([]);
      expect(await store().rooms.messages(roomId)).toHaveLength(7);
    });

    test('a thread is its root and all replies; a finding is announced by its first message', async () => {
      const findingId = sampleMessage().id;
      const root = sampleMessage({ findingId });
      const replies = [1, 2].map(() => sampleMessage({ threadId: root.id, replyTo: root.id, findingId }));
      for (const message of [root, ...replies, sampleMessage()]) await store().rooms.addMessage(message);
      expect(await store().rooms.thread(root.id)).toEqual([root, ...replies]);
      if (replies[0]?.findingId === undefined) throw new Error('the reply names the finding');
      expect(await store().rooms.messageForFinding(replies[0].findingId)).toEqual(root);
    });

    test('one author reacts once with one sign', async () => {
      const { id: messageId, at } = sampleMessage();
      const reaction: Reaction = { messageId, author: { kind: 'person', id: 'ada', name: 'Ada' }, emoji: '👍🏽', at };
      const other: Reaction = { ...reaction, emoji: '🎉' };
      expect(await store().rooms.addReaction(reaction)).toBe(true);
      expect(await store().rooms.addReaction(reaction)).toBe(false);
      expect(await store().rooms.addReaction(other)).toBe(true);
      expect(await store().rooms.reactions([messageId, sampleMessage().id])).toEqual([reaction, other]);
      expect(await store().rooms.reactions([])).toEqual([]);
      expect(await store().rooms.removeReaction(other)).toBe(true);
      expect(await store().rooms.removeReaction(other)).toBe(false);
      expect(await store().rooms.reactions([messageId])).toEqual([reaction]);
    });
  });

  describe('text from outside', () => {
    test('SQL, quotes and every script come back as they were', async () => {
      for (const text of [
        "'; drop table messages; --",
        '$1 %s \\ "',
        '日本語 😀 עִבְרִית',
        '\\u0000',
        '{"a":"\\\\u0000"}',
      ]) {
        const message = sampleMessage({ text, author: { kind: 'person', id: text, name: text } });
        await store().rooms.addMessage(message);
        expect(await store().rooms.message(message.id)).toEqual(message);
      }
    });

    test('NUL bytes and lone surrogates are replaced, never refused', async () => {
      const text = 'a\u0000b\ud800c';
      const message = sampleMessage({ text, author: { kind: 'person', id: 'x', name: text } });
      expect(await store().rooms.addMessage(message)).toBe(true);
      const stored = await store().rooms.message(message.id);
      expect([stored?.text, stored?.author.name]).toEqual(['a\ufffdb\ufffdc', 'a\ufffdb\ufffdc']);
      const key = `nul\u0000${message.id}`;
      await store().values.set(key, { 'k\u0000': ['\u0000', '\\u0000'] });
      expect(await store().values.get(key)).toEqual({ 'k\ufffd': ['\ufffd', '\\u0000'] });
    });
  });
}
