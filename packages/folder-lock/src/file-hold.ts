import { randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import type { Hold } from './hold.ts';

/** A hold by a file that names a living process. Two that find the same dead holder at the same instant could both win. */
export function createFileHold(file: string): Hold {
  return {
    async take() {
      if (await create(file)) return true;
      const pid = Number((await readFile(file, 'utf8').catch(() => '')).trim());
      if (isRunning(pid)) return false;
      await rm(file, { force: true });
      return create(file);
    },
    release: async () => {},
  };
}

async function create(file: string): Promise<boolean> {
  // Linked into place with its content, so that nobody reads half of it.
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, `${process.pid}\n`);
  try {
    await link(draft, file);
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST') return false;
    throw thrown;
  } finally {
    await rm(draft, { force: true });
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
  }
}
