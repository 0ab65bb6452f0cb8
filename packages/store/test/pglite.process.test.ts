import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openPgliteStore } from '../src/pglite.ts';

const LOOP = fileURLToPath(new URL('./write-loop.ts', import.meta.url));
const ROWS_BEFORE_KILL = 20;
/** Each test opens a database twice, and a busy machine takes its time over that. */
const PATIENCE_MS = 120_000;

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
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (text: string) => {
      output += text;
      if (output.split('\n').length > ROWS_BEFORE_KILL) resolve();
    });
    child.once('exit', () => reject(new Error(`the writer ended early: ${output}`)));
  });
  return async () => {
    const gone = once(child, 'close');
    child.kill('SIGKILL');
    await gone;
    // The last line may be half of a number.
    return output.slice(0, output.lastIndexOf('\n')).split('\n').map(Number);
  };
}

describe('a folder', { timeout: PATIENCE_MS }, () => {
  test('keeps over close and open what was stored, even when closing began before the writes were answered', async () => {
    // A start that was cut off left this behind.
    await mkdir(join(folder, 'data'));
    await writeFile(join(folder, 'beginning'), '');
    await writeFile(join(folder, 'data', 'PG_VERSION'), '17');
    const store = await openPgliteStore({ folder });
    await expect(openPgliteStore({ folder })).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    const writes = Array.from({ length: 20 }, (_, index) => store.values.set(`key-${index}`, index));
    await store.close();
    await Promise.all(writes);
    await expect(store.ping()).rejects.toMatchObject({ code: 'INTERNAL' });
    const again = await openPgliteStore({ folder });
    expect(await again.values.get('key-19')).toBe(19);
    await again.close();
  });

  test('is refused while another process lives, and loses nothing when that is killed', async () => {
    const kill = await startWriter();
    await expect(openPgliteStore({ folder })).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    const stored = await kill();
    expect(stored.length).toBeGreaterThanOrEqual(ROWS_BEFORE_KILL);
    const store = await openPgliteStore({ folder });
    for (const index of stored) expect(await store.values.get(`row-${index}`)).toMatchObject({ index });
    expect(await store.audit.verify()).toBeUndefined();
    await store.close();
  });
});
