import type { Journal, JournalEntry, JournalRecord } from '@continuum/contract/ports/journal';
import { describe, expect, test } from 'vitest';

const record = (id: string, body = `{"id":"${id}"}`): JournalRecord => ({
  id: `github:${id}`,
  source: 'github',
  event: 'pull_request',
  at: '2026-01-01T00:00:00.000Z',
  body,
});

async function collect(entries: AsyncIterable<JournalEntry>): Promise<JournalEntry[]> {
  return Array.fromAsync(entries);
}

const idsOf = (entries: readonly JournalEntry[]): string[] => entries.map((entry) => entry.record.id);

/** What every journal must do. `open` opens the journal of that name, the same one each time, in a place of the test's own. */
export function journalContract(title: string, open: (name: string) => Promise<Journal>): void {
  describe(`journal contract: ${title}`, () => {
    test('keeps records byte for byte and in order, across a restart', async () => {
      const records = [record('a', ''), record('b', 'ü€😀\r\n\u0000'), record('c', 'x'.repeat(10_000))];
      const journal = await open('order');
      for (const each of records) await journal.append(each);
      expect((await collect(journal.pending())).map((entry) => entry.record)).toEqual(records);
      await journal.close();
      const again = await open('order');
      expect((await collect(again.pending())).map((entry) => entry.record)).toEqual(records);
      await again.close();
    });

    test('appends at the same time are all kept, each once', async () => {
      const journal = await open('concurrent');
      const ids = Array.from({ length: 300 }, (_, index) => String(index));
      await Promise.all(ids.map((id) => journal.append(record(id))));
      const entries = await collect(journal.all());
      expect(idsOf(entries)).toEqual(ids.map((id) => `github:${id}`));
      expect(new Set(entries.map((entry) => entry.position)).size).toBe(ids.length);
      await journal.close();
    });

    test('after a checkpoint only later records are pending, all are still there', async () => {
      const journal = await open('checkpoint');
      for (const id of ['a', 'b', 'c']) await journal.append(record(id));
      const [, second] = await collect(journal.pending());
      await journal.checkpoint(second?.position ?? '');
      expect(idsOf(await collect(journal.pending()))).toEqual(['github:c']);
      await journal.close();
      const again = await open('checkpoint');
      expect(idsOf(await collect(again.pending()))).toEqual(['github:c']);
      expect(idsOf(await collect(again.all()))).toEqual(['github:a', 'github:b', 'github:c']);
      await again.close();
    });

    test('the checkpoint only moves forward, also when many are set at once', async () => {
      const journal = await open('forward');
      for (const id of ['a', 'b', 'c', 'd']) await journal.append(record(id));
      const positions = (await collect(journal.pending())).map((entry) => entry.position);
      await Promise.all(
        [positions[2], positions[0], positions[1]].map((position) => journal.checkpoint(position ?? '')),
      );
      await journal.checkpoint(positions[0] ?? '');
      expect(idsOf(await collect(journal.pending()))).toEqual(['github:d']);
      await journal.close();
    });

    test('turns a position away that it never handed out', async () => {
      const journal = await open('position');
      for (const position of ['', 'x', '1:-1', '9999:0']) {
        await expect(journal.checkpoint(position)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
      }
      await journal.close();
    });

    test('records appended while reading do not disturb it', async () => {
      const journal = await open('reading');
      await journal.append(record('a'));
      const seen: string[] = [];
      for await (const entry of journal.pending()) {
        seen.push(entry.record.id);
        if (seen.length < 5) await journal.append(record(`later-${seen.length}`));
      }
      expect(seen[0]).toBe('github:a');
      expect(idsOf(await collect(journal.all()))).toContain('github:later-1');
      await journal.close();
    });

    test('close waits for what was taken, may be called twice, and takes nothing after', async () => {
      const journal = await open('close');
      const taken = journal.append(record('a'));
      await Promise.all([journal.close(), journal.close()]);
      await taken;
      await expect(journal.append(record('b'))).rejects.toMatchObject({ code: 'ABORTED' });
      const again = await open('close');
      expect(idsOf(await collect(again.all()))).toEqual(['github:a']);
      await again.close();
    });
  });
}
