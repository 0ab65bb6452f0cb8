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

/**
 * What every journal must do. `open` opens the journal of that name, the same one each time, in a place of the test's own;
 * `place` says which folder `open` would take for a name.
 */
export function journalContract(
  title: string,
  open: (name: string) => Promise<Journal>,
  place: (name: string) => Promise<string>,
): void {
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

    test('reading goes on after a position, never before the checkpoint', async () => {
      const journal = await open('after');
      for (const id of ['a', 'b', 'c', 'd']) await journal.append(record(id));
      const [first, second, third] = (await collect(journal.pending())).map((entry) => entry.position);
      expect(idsOf(await collect(journal.pending(second)))).toEqual(['github:c', 'github:d']);
      await journal.checkpoint(third ?? '');
      expect(idsOf(await collect(journal.pending(first)))).toEqual(['github:d']);
      await expect(collect(journal.pending('9999:0'))).rejects.toMatchObject({ code: 'INVALID_INPUT' });
      await journal.close();
    });

    test('says how many bytes wait behind the checkpoint, also after a restart', async () => {
      const journal = await open('bytes');
      expect(journal.pendingBytes()).toBe(0);
      for (let id = 0; id < 30; id += 1) await journal.append(record(String(id), 'x'.repeat(200)));
      const full = journal.pendingBytes();
      expect(full).toBeGreaterThan(30 * 200);
      const positions = (await collect(journal.pending())).map((entry) => entry.position);
      await journal.checkpoint(positions[14] ?? '');
      expect(journal.pendingBytes()).toBeLessThan(full * 0.6);
      const half = journal.pendingBytes();
      // What was handed on and is not checkpointed yet can be left out, and counts again in the next question.
      expect(journal.pendingBytes(positions[28])).toBeLessThan(half / 5);
      expect(journal.pendingBytes()).toBe(half);
      await journal.close();
      const again = await open('bytes');
      expect(again.pendingBytes()).toBe(half);
      await again.checkpoint(positions[29] ?? '');
      expect(again.pendingBytes()).toBe(0);
      await again.close();
    });

    test('a body in bytes is kept like the same text', async () => {
      const journal = await open('binary');
      const text = 'ü€😀\r\n\u0000';
      await journal.append({ ...record('a'), body: Buffer.from(`..${text}`).subarray(2) });
      expect((await collect(journal.all())).map((entry) => entry.record)).toEqual([record('a', text)]);
      const invalid = { ...record('b'), body: Buffer.of(0x7b, 0xff) };
      await expect(journal.append(invalid)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
      await journal.close();
    });

    test('finds what was accepted since a moment, checkpointed or not', async () => {
      const journal = await open('since');
      const at = (hour: number): string => new Date(Date.UTC(2026, 0, 1, hour)).toISOString();
      for (let hour = 0; hour < 24; hour += 1) {
        await journal.append({ ...record(String(hour), 'x'.repeat(300)), at: at(hour) });
      }
      const [, , third] = await collect(journal.pending());
      await journal.checkpoint(third?.position ?? '');
      const hours = (from: number): string[] => Array.from({ length: 24 - from }, (_, i) => `github:${from + i}`);
      expect(idsOf(await collect(journal.since(at(20))))).toEqual(hours(20));
      expect(idsOf(await collect(journal.since(at(0))))).toEqual(hours(0));
      expect(await collect(journal.since(at(24)))).toEqual([]);
      await journal.close();
    });

    test('finds the newest record of an id', async () => {
      const journal = await open('find');
      for (const body of ['old', 'new']) {
        await journal.append(record('twice', body));
        for (let id = 0; id < 20; id += 1) await journal.append(record(`${body}-${id}`, 'x'.repeat(200)));
      }
      expect(await journal.find('github:twice')).toEqual(record('twice', 'new'));
      expect((await journal.find('github:old-3'))?.id).toBe('github:old-3');
      expect(await journal.find('github:never')).toBeUndefined();
      await journal.close();
    });

    test('a copy made meanwhile opens with what was durable, and with its checkpoint', async () => {
      const journal = await open('original');
      const ids = Array.from({ length: 40 }, (_, index) => String(index));
      for (const id of ids) await journal.append(record(id, 'x'.repeat(200)));
      const positions = (await collect(journal.pending())).map((entry) => entry.position);
      await journal.checkpoint(positions[9] ?? '');
      const later = Array.from({ length: 40 }, (_, index) => journal.append(record(`later-${index}`)));
      await journal.copyTo(await place('copy'));
      await Promise.all(later);
      await expect(journal.copyTo(await place('copy'))).rejects.toMatchObject({ code: 'CONFLICT' });
      await journal.close();
      const copy = await open('copy');
      const all = idsOf(await collect(copy.all()));
      expect(all.slice(0, 40)).toEqual(ids.map((id) => `github:${id}`));
      expect(idsOf(await collect(copy.pending()))).toEqual(all.slice(10));
      await copy.append(record('own'));
      expect(idsOf(await collect(copy.all()))).toEqual([...all, 'github:own']);
      await copy.close();
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
