import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSmallDisk } from '../src/full-disk.ts';

test('a small disk is really full, and has space again when it is emptied', async (context) => {
  const disk = await openSmallDisk(4);
  if (disk === undefined) {
    expect(process.env.CONTINUUM_TEST_ALL, 'this user may not mount').not.toBe('1');
    return context.skip();
  }
  try {
    const file = join(disk.folder, 'file');
    await writeFile(file, 'kept');
    await disk.fill(1_000_000);
    expect(await disk.freeBytes()).toBeGreaterThan(900_000);
    expect(await disk.freeBytes()).toBeLessThanOrEqual(1_000_000);
    await disk.fill();
    expect(await disk.freeBytes()).toBe(0);
    await expect(appendFile(file, 'x'.repeat(10_000))).rejects.toThrow(/ENOSPC/);
    await disk.empty();
    await appendFile(file, ' again');
    expect(await readFile(file, 'utf8')).toContain(' again');
    expect(await disk.freeBytes()).toBeGreaterThan(3_000_000);
  } finally {
    await disk.remove();
  }
});
