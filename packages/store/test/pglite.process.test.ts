import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openPgliteStore } from '../src/pglite.ts';

const LOOP = fileURLToPath(new URL('./write-loop.ts', import.meta.url));
const ROWS_BEFORE_KILL = 20;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'continuum-store-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Starts the writer and waits until it has stored some rows. */
async function startWriter() {
  const child = spawn(process.execPath, [LOOP, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8');
  const enough = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (text: string) => {
      output += text;
      if (output.split('\n').length > ROWS_BEFORE_KILL) resolve();
    });
    child.once('exit', () => reject(new Error(`the writer ended early: ${output}`)));
  });
  await enough;
  const kill = async () => {
    const gone = once(child, 'close');
    child.kill('SIGKILL');
    await gone;
    // The last line may be half of a number.
    return output.slice(0, output.lastIndexOf('\n')).split('\n').map(Number);
  };
  return { pid: child.pid, kill };
}

describe('a folder', () => {
  test('keeps what was stored over close and open', async () => {
    const store = await openPgliteStore({ folder });
    const writes = Array.from({ length: 20 }, (_, index) => store.values.set(`key-${index}`, index));
    // Closing waits for what is in flight.
    await store.close();
    await Promise.all(writes);
    await expect(store.ping()).rejects.toMatchObject({ code: 'INTERNAL' });
    const again = await openPgliteStore({ folder });
    expect(await again.values.get('key-19')).toBe(19);
    await again.close();
  });

  test('is refused to a second opener in the same process, which says what to do', async () => {
    const store = await openPgliteStore({ folder });
    const second = openPgliteStore({ folder });
    await expect(second).rejects.toMatchObject({
      code: 'STORE_LOCKED',
      next: expect.stringContaining(`${process.pid}`),
    });
    await expect(store.ping()).resolves.toBeUndefined();
    await store.close();
    await (await openPgliteStore({ folder })).close();
  });

  test('is refused while another process lives, and loses nothing when that is killed', async () => {
    const writer = await startWriter();
    await expect(openPgliteStore({ folder })).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    const stored = await writer.kill();
    expect(stored.length).toBeGreaterThanOrEqual(ROWS_BEFORE_KILL);
    const store = await openPgliteStore({ folder });
    for (const index of stored) expect(await store.values.get(`row-${index}`)).toMatchObject({ index });
    expect(await store.audit.verify()).toBeUndefined();
    await store.close();
  });

  test('is taken over from a dead process, also when its pid was given to another one', async () => {
    await writeFile(join(folder, 'store.lock'), JSON.stringify({ pid: process.pid, startedAt: 'long ago' }));
    const store = await openPgliteStore({ folder });
    expect(JSON.parse(await readFile(join(folder, 'store.lock'), 'utf8'))).toMatchObject({ pid: process.pid });
    await store.close();
  });

  test('has one winner when many open it at once', async () => {
    await writeFile(join(folder, 'store.lock'), 'half a lo');
    const opened = await Promise.allSettled(Array.from({ length: 5 }, () => openPgliteStore({ folder })));
    const winners = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(winners).toHaveLength(1);
    await Promise.all(winners.map((store) => store.close()));
  });

  test('that was never finished is set up again', async () => {
    await mkdir(join(folder, 'data'), { recursive: true });
    await writeFile(join(folder, 'data', 'PG_VERSION'), '17');
    const store = await openPgliteStore({ folder });
    await expect(store.ping()).resolves.toBeUndefined();
    await store.close();
  });
});
