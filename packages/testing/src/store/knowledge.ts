import { newId } from '@continuum/contract/ids';
import { describe, expect, test } from 'vitest';
import { sampleFinding, sampleMemory, sampleMessage, sampleReview, sampleRoom } from './samples.ts';
import type { StoreUnderTest } from './under-test.ts';

const freshRepo = () => `acme/${newId('words').replaceAll('_', '-')}`;
const ids = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id);

/** What the team said and was told, found by its words. */
export function knowledgeStoreContract({ store }: StoreUnderTest): void {
  describe('knowledge', () => {
    test('a correction is found by its reason, its path and the names in its code, in all their forms', async () => {
      const repo = freshRepo();
      const memory = sampleMemory({ repo, reason: 'Expired sessions return 401.' });
      memory.finding.path = 'src/auth/cookieJar.ts';
      memory.finding.evidence = 'requireSession(req.user_id)';
      await store().learning.addMemory(memory);
      await store().learning.addMemory(sampleMemory({ repo, reason: 'Lunch is at noon.' }));
      const found = async (...words: string[]) => ids(await store().knowledge.corrections({ repo, words }));
      for (const word of ['401', 'session', 'returned', 'auth', 'cookie', 'jar', 'require', 'user'])
        expect(await found(word), word).toEqual([memory.id]);
      expect(await found('nothing', 'SESSIONS')).toEqual([memory.id]);
      expect(await found('unheard')).toEqual([]);
      expect(await found()).toEqual([]);
    });

    test('what fits best comes first, only active corrections count, of the scopes and the repository asked for', async () => {
      const repo = freshRepo();
      const one = sampleMemory({ repo, scope: '/a/', reason: 'Tokens rotate. Tokens expire. Tokens are short.' });
      const two = sampleMemory({
        repo,
        scope: '/b/',
        reason: 'A long text that says something about tokens somewhere.',
      });
      const revoked = sampleMemory({ repo, scope: '/a/', reason: 'Tokens.', state: 'revoked' });
      for (const memory of [one, two, revoked]) await store().learning.addMemory(memory);
      const { knowledge } = store();
      expect(ids(await knowledge.corrections({ repo, words: ['token'] }))).toEqual([one.id, two.id]);
      expect(ids(await knowledge.corrections({ repo, words: ['token'], limit: 1 }))).toEqual([one.id]);
      expect(ids(await knowledge.corrections({ repo, words: ['token'], scopes: [two.scope] }))).toEqual([two.id]);
      expect(await knowledge.corrections({ repo, words: ['token'], scopes: [] })).toEqual([]);
      expect(await knowledge.corrections({ repo: freshRepo(), words: ['token'] })).toEqual([]);
    });

    test('a finding is found when people were shown it', async () => {
      const repo = freshRepo();
      const shown = sampleFinding({ repo, message: 'The webhook address is fetched from inside.' });
      const withheld = sampleFinding({ repo, message: 'The webhook address.', status: 'withheld' });
      await store().reviews.finish(sampleReview({ repo }), [shown, withheld]);
      expect(await store().knowledge.findings({ repo, words: ['webhooks'] })).toEqual([shown]);
      expect(await store().knowledge.findings({ repo, words: ['redis'] })).toEqual([]);
    });

    test('what people said is found in the room in which they said it', async () => {
      const { rooms, knowledge } = store();
      const [room, other] = [sampleRoom(), sampleRoom()];
      for (const each of [room, other]) await rooms.upsert(each);
      const said = sampleMessage({
        roomId: room.id,
        text: 'Redis cost too much.',
        source: { kind: 'api', repo: 'a/b' },
      });
      const persona = { kind: 'persona', id: 'security-ai', name: 'Security AI' };
      await rooms.addMessage(said);
      await rooms.addMessage(sampleMessage({ roomId: room.id, text: 'Redis it is.', author: persona }));
      await rooms.addMessage(sampleMessage({ roomId: other.id, text: 'Redis elsewhere.' }));
      expect(await knowledge.messages({ roomId: room.id, words: ['redis'] })).toEqual([said]);
      expect(await knowledge.messages({ roomId: room.id, words: ['redis'], repo: 'a/b' })).toEqual([said]);
      expect(await knowledge.messages({ roomId: room.id, words: ['redis'], repo: 'a/c' })).toEqual([]);
    });

    test('words are data', async () => {
      const repo = freshRepo();
      await store().learning.addMemory(sampleMemory({ repo, reason: 'Sessions.' }));
      const words = ["'); drop table memories; --", 'a & b', ':*', '', '!', '\0', "session'", 'x'.repeat(500)];
      expect(await store().knowledge.corrections({ repo, words })).toEqual([]);
      expect(await store().knowledge.corrections({ repo, words: [...words, 'session'] })).toHaveLength(1);
    });

    test('a text of any length is taken', async () => {
      const room = sampleRoom();
      await store().rooms.upsert(room);
      const text = Array.from({ length: 20_000 }, (_, index) => `w${index * 7919}`).join(' ');
      const long = sampleMessage({ roomId: room.id, text: `needle ${text}`.slice(0, 200_000) });
      expect(await store().rooms.addMessage(long)).toBe(true);
      expect(ids(await store().knowledge.messages({ roomId: room.id, words: ['needle'] }))).toEqual([long.id]);
    });

    test('what somebody said since then, in all rooms, newest first', async () => {
      const { rooms } = store();
      const author = { kind: 'persona' as const, id: newId('p').replace('_', '-'), name: 'P' };
      const all = ['09', '10', '11'].map((hour) =>
        sampleMessage({ roomId: sampleRoom().id, author, at: `2026-03-01T${hour}:00:00.000Z` }),
      );
      for (const message of all) await rooms.addMessage(message);
      await rooms.addMessage(sampleMessage({ author: { ...author, kind: 'person' } }));
      const since = new Date('2026-03-01T10:00:00.000Z');
      expect(ids(await rooms.saidBy(author, since))).toEqual(ids(all.slice(1).reverse()));
      expect(ids(await rooms.saidBy(author, since, 1))).toEqual(ids(all.slice(2)));
    });
  });
}
