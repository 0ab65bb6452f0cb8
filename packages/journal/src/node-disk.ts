import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat, statfs } from 'node:fs/promises';
import { lockFolder } from '@continuum/folder-lock/folder-lock';
import type { Disk, DiskFile } from './disk.ts';

/** The file system of this machine. */
export const nodeDisk: Disk = {
  open: async (file, flags) => toDiskFile(await open(file, flags)),
  readFile: (file) => readFile(file),
  readdir: (folder) => readdir(folder),
  rename,
  rm: (file) => rm(file, { force: true }),
  stat: async (file) => {
    const { size, mtimeMs } = await stat(file);
    return { size, mtimeMs };
  },
  mkdir: async (folder) => {
    await mkdir(folder, { recursive: true });
  },
  syncFolder,
  freeBytes: async (folder) => {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  },
  lockFolder,
};

function toDiskFile(handle: FileHandle): DiskFile {
  return {
    read: async (into, position) => (await handle.read(into, 0, into.length, position)).bytesRead,
    write: async (chunks, position) => (await handle.writev(chunks, position)).bytesWritten,
    truncate: (length) => handle.truncate(length),
    datasync: () => handle.datasync(),
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
