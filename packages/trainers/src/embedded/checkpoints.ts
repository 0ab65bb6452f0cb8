import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256, writeAtomic } from '../job/files.ts';

/** Checkpoints of one job in a folder; the newest whole one counts, and the one before is kept for when it is not. */
export interface Checkpoints {
  save(step: number, state: Uint8Array): Promise<void>;
  /** The newest state that is what it was when it was saved; undefined when there is none. */
  newest(): Promise<Uint8Array | undefined>;
}

const KEPT = 2;
const NAME = /^checkpoint-(\d{8})\.bin$/;
const DIGEST_BYTES = 64;

/** `fingerprint` is the job's: the state of another job is never taken. */
export function openCheckpoints(folder: string, fingerprint: string): Checkpoints {
  const digest = (state: Uint8Array): string => sha256(Buffer.concat([Buffer.from(fingerprint), state]));
  return {
    async save(step, state) {
      await mkdir(folder, { recursive: true });
      const file = join(folder, `checkpoint-${String(step).padStart(8, '0')}.bin`);
      await writeAtomic(file, Buffer.concat([Buffer.from(digest(state)), state]));
      for (const old of (await names(folder)).slice(KEPT)) await rm(join(folder, old), { force: true });
    },
    async newest() {
      for (const name of await names(folder)) {
        const bytes = await readFile(join(folder, name));
        const state = bytes.subarray(DIGEST_BYTES);
        if (bytes.subarray(0, DIGEST_BYTES).toString('latin1') === digest(state)) return Uint8Array.from(state);
        // Torn or flipped: it must not count as one of the kept ones.
        await rm(join(folder, name), { force: true });
      }
      return undefined;
    },
  };
}

/** Newest first. */
async function names(folder: string): Promise<string[]> {
  const found = await readdir(folder).catch(() => []);
  return found.filter((name) => NAME.test(name)).toSorted((a, b) => (a < b ? 1 : -1));
}
