import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';
import { z } from 'zod';
import { isMissing, writeDurably } from './files.ts';

/*
 * A backup is a folder:
 *   store.snapshot   everything in the store at one moment (packages/store/src/snapshot/frame.ts), for PGlite or PostgreSQL
 *   journal/         deliveries as they came in, with the mark up to where they were handed on
 *   genome/layers/   trained layers, signed
 *   keys/            the private key that they are signed with
 *   definitions/     the team's own personas, recipes and scopes
 *   manifest.json    written last: size and SHA-256 of every file, and of itself; without it the backup was cut short
 */
const MANIFEST = 'manifest.json';
/** The store in a backup. */
export const SNAPSHOT = 'store.snapshot';

/** A path within the backup that leads nowhere else. */
const Path = z
  .string()
  .regex(/^(?:store\.snapshot|(?:journal|genome|keys|definitions)(?:\/[^/\\\0]+)+)$/)
  .refine((path) => !path.split('/').some((part) => part === '.' || part === '..'));

export const BackupManifest = z.object({
  format: z.literal(1),
  /** ISO 8601: when the backup began. All that was acknowledged before is in it. */
  at: z.iso.datetime(),
  /** What whoever keeps it should know. */
  notice: z.string(),
  files: z.array(
    z.object({ path: Path, bytes: z.number().int().nonnegative(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  ),
});
export type BackupManifest = z.infer<typeof BackupManifest>;

const Sealed = z.object({ manifest: BackupManifest, sha256: z.string() });

/** BACKUP_CORRUPT with what is wrong with a backup. */
export function corruptBackup(what: string, cause?: unknown): ContinuumError {
  return new ContinuumError('BACKUP_CORRUPT', `The backup cannot be used: ${what}.`, {
    next: 'Use another backup; nothing of this one was written anywhere.',
    cause,
  });
}

/** The bytes of a manifest file: one manifest, one text. */
export function encodeManifest(manifest: BackupManifest): string {
  const sha256 = createHash('sha256').update(JSON.stringify(manifest)).digest('hex');
  return `${JSON.stringify({ manifest, sha256 }, undefined, 2)}\n`;
}

/** The manifest that these bytes hold, if they are exactly what `encodeManifest` writes. Throws BACKUP_CORRUPT. */
export function decodeManifest(bytes: Uint8Array): BackupManifest {
  const own = Buffer.from(bytes);
  let parsed: z.infer<typeof Sealed>;
  try {
    parsed = Sealed.parse(JSON.parse(own.toString('utf8')));
  } catch (cause) {
    throw corruptBackup(`${MANIFEST} is damaged`, cause);
  }
  if (!Buffer.from(encodeManifest(parsed.manifest)).equals(own)) throw corruptBackup(`${MANIFEST} is damaged`);
  return parsed.manifest;
}

/** Completes a backup: from here on it is one. */
export async function writeManifest(folder: string, manifest: BackupManifest): Promise<number> {
  const text = encodeManifest(BackupManifest.parse(manifest));
  await writeDurably(join(folder, MANIFEST), text);
  return Buffer.byteLength(text);
}

/** Throws BACKUP_CORRUPT when there is none or it is damaged. */
export async function readManifest(folder: string): Promise<BackupManifest> {
  const bytes = await readFile(join(folder, MANIFEST)).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
    throw corruptBackup(`${folder} has no ${MANIFEST}: it is no backup, or was cut short before it was complete`);
  });
  return decodeManifest(bytes);
}
