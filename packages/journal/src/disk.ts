/** An open file. Positions and lengths are in bytes. */
export interface DiskFile {
  /** Fills `into` from `position` on as far as it can; the number of bytes read, 0 at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Writes the chunks one after the other at `position`; may write less than all: the number of bytes written. */
  write(chunks: readonly Uint8Array[], position: number): Promise<number>;
  truncate(length: number): Promise<void>;
  /** Resolves when the content, and what is needed to read it back, is on the medium (fdatasync). */
  datasync(): Promise<void>;
  /** The same with all metadata (fsync). */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface DiskStat {
  /** Bytes. */
  readonly size: number;
  /** When the content changed last, in ms since 1970. */
  readonly mtimeMs: number;
}

/**
 * Every operation of a file system that the journal uses, so that a simulator can stand in for it. Names of files become
 * durable with `syncFolder`, their content with `datasync` or `sync`. Errors carry the `code` of the system (ENOENT, ENOSPC).
 */
export interface Disk {
  /** `r` reads, `r+` also writes, `w` creates or empties. */
  open(file: string, flags: 'r' | 'r+' | 'w'): Promise<DiskFile>;
  readFile(file: string): Promise<Buffer>;
  /** Names in a folder, in no order. */
  readdir(folder: string): Promise<string[]>;
  /** Replaces `to` when it is there. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; nothing happens when it is not there. */
  rm(file: string): Promise<void>;
  stat(file: string): Promise<DiskStat>;
  /** Creates a folder with the folders above it; nothing happens when it is there. */
  mkdir(folder: string): Promise<void>;
  /** Makes creations, renames and removals in a folder durable (fsync of the folder; see fsync(2)). */
  syncFolder(folder: string): Promise<void>;
  /** Bytes that this process may still write where the folder is. */
  freeBytes(folder: string): Promise<number>;
  /** Takes a folder for one process and one purpose, and returns the release. Throws STORE_LOCKED. */
  lockFolder(folder: string, purpose: string): Promise<() => Promise<void>>;
}

/** Is this the error of a file that is not there? */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
