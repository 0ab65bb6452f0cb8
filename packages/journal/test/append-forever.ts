import { openJournal } from '../src/journal.ts';

/** Child process of crash.test.ts: appends at full speed and prints every id that was acknowledged. */
const [folder = '', size = '200', count = '1000000'] = process.argv.slice(2);
const journal = await openJournal({ folder, maxSegmentBytes: 64 << 10 });
let next = 0;

async function appendInTurn(): Promise<void> {
  while (next < Number(count)) {
    const id = `github:${next++}`;
    const body = id.repeat(Number(size) / 10);
    await journal.append({ id, source: 'github', event: 'push', at: '2026-01-01T00:00:00.000Z', body }).then(
      () => process.stdout.write(`${id}\n`),
      (error: Error) => process.stdout.write(`failed ${id} ${error.message}\n`),
    );
  }
}

await Promise.all(Array.from({ length: 16 }, appendInTurn));
await journal.close();
