import { open, readFile, rm } from 'node:fs/promises';
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
  try {
    const handle = await open(file, 'wx');
    await handle.writeFile(`${process.pid}\n`);
    await handle.close();
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST') return false;
    throw thrown;
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
