import type { Disk } from './disk.ts';
import { listSegments, segmentFile } from './segment.ts';

/** Removes segments before `segment` that were last written before `time` (ms since 1970); oldest first, so that what is left never has a gap. */
export async function removeExpired(disk: Disk, folder: string, segment: number, time: number): Promise<void> {
  for (const each of await listSegments(disk, folder)) {
    const file = segmentFile(folder, each);
    if (each >= segment || (await disk.stat(file)).mtimeMs > time) return;
    await disk.rm(file);
    await disk.syncFolder(folder);
  }
}
