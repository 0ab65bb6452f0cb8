import { join } from 'node:path';
import { fingerprint, isMissing } from './files.ts';
import { type BackupManifest, corruptBackup, readManifest, SNAPSHOT } from './manifest.ts';

/** What a backup holds. */
export interface BackupSummary {
  readonly folder: string;
  /** When it was made, ISO 8601. */
  readonly at: string;
  readonly files: number;
  readonly bytes: number;
  /** Rows of the store. */
  readonly rows: number;
}

/** Told now and then what is being done, in words. */
export type Progress = (doing: string) => void;

async function verifyFile(folder: string, { path, bytes, sha256 }: BackupManifest['files'][number]): Promise<void> {
  const found = await fingerprint(join(folder, path)).catch((error: unknown) => {
    if (isMissing(error)) throw corruptBackup(`${path} is missing`);
    throw error;
  });
  if (found.bytes !== bytes) throw corruptBackup(`${path} has ${found.bytes} bytes and should have ${bytes}`);
  if (found.sha256 !== sha256) throw corruptBackup(`${path} is damaged`);
}

/** Reads every byte of a backup and checks it. Throws BACKUP_CORRUPT naming the file. */
export async function checkBackup(
  folder: string,
  progress: Progress,
): Promise<{ readonly manifest: BackupManifest; readonly summary: BackupSummary }> {
  const manifest = await readManifest(folder);
  const { files, at } = manifest;
  if (!files.some(({ path }) => path === SNAPSHOT)) throw corruptBackup(`it has no ${SNAPSHOT}`);
  for (const [index, file] of files.entries()) {
    progress(`checking ${index + 1} of ${files.length}: ${file.path}`);
    await verifyFile(folder, file);
  }
  progress('reading the snapshot of the store');
  const { verifySnapshot } = await import('@continuum/store/snapshot/read');
  const { rows } = await verifySnapshot(join(folder, SNAPSHOT));
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { manifest, summary: { folder, at, files: files.length, bytes, rows } };
}

/** Reads every byte of a backup and checks it. Throws BACKUP_CORRUPT naming the file. */
export async function verifyBackup(folder: string, progress: Progress = () => {}): Promise<BackupSummary> {
  return (await checkBackup(folder, progress)).summary;
}
