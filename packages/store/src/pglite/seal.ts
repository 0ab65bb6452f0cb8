import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { crc32 } from 'node:zlib';
import { sync, syncChanged } from './durability.ts';

/*
 * The seal of a data folder that was closed cleanly: text, one line for each file, and last its own SHA-256.
 *   continuum store seal 1
 *   <CRC-32, 8 hex digits> <bytes> <path>
 *   end <SHA-256 of all lines above, hex>
 * It is removed before the folder is opened, so a crash leaves none: then PostgreSQL's own checksums are what is left, of
 * WAL records when they are replayed and of pages when they are read.
 * Of the write-ahead log only the segments that the next start reads are in it. The others are spare: PostgreSQL renamed
 * them for later use, takes nothing from them, and there may be a gigabyte of them.
 */
const TITLE = 'continuum store seal 1';
const CHUNK_BYTES = 2 ** 20;
const WAL = 'pg_wal/';
const SEGMENT = /^[0-9A-F]{24}$/;
/** The segment that was being written, and the next, should the last record of all have gone there. */
const LIVE_SEGMENTS = 2;

/** All files, as paths relative to the folder with forward slashes, sorted. */
function listFiles(data: string): string[] {
  const entries = readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  const paths = entries.map((entry) => relative(data, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
  return paths.toSorted();
}

/** Leaves spare segments of the log out; `first` is the name of the one that was written last. */
function sealed(paths: readonly string[], first: string): string[] {
  const segmentOf = (path: string): string => (path.startsWith(WAL) ? path.slice(WAL.length) : '');
  const segments = paths.map(segmentOf).filter((name) => SEGMENT.test(name) && name >= first);
  const live = new Set(segments.slice(0, LIVE_SEGMENTS));
  return paths.filter((path) => !SEGMENT.test(segmentOf(path)) || live.has(segmentOf(path)));
}

function checksum(file: string, chunk: Buffer): { readonly crc: string; readonly bytes: number } {
  const descriptor = openSync(file, 'r');
  try {
    let [crc, bytes] = [0, 0];
    for (;;) {
      const read = readSync(descriptor, chunk);
      if (read === 0) return { crc: crc.toString(16).padStart(8, '0'), bytes };
      crc = crc32(chunk.subarray(0, read), crc);
      bytes += read;
    }
  } finally {
    closeSync(descriptor);
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * Seals the folder of a database that was just closed. What changed since `openedMs` is made durable first: PGlite leaves
 * that to the system. `segment` names the segment of the log that was written last.
 */
export function writeSeal(file: string, data: string, segment: string, openedMs: number): void {
  syncChanged(data, openedMs);
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  const lines = [TITLE];
  for (const path of sealed(listFiles(data), segment)) {
    const { crc, bytes } = checksum(join(data, path), chunk);
    lines.push(`${crc} ${bytes} ${path}`);
  }
  const text = `${lines.join('\n')}\n`;
  writeFileSync(file, `${text}end ${digest(text)}\n`);
  sync(file);
  sync(dirname(file));
}

/** What a seal says of each path; undefined when it is not, byte for byte, a seal. */
function parseSeal(text: string): Map<string, string> | undefined {
  const lines = text.split('\n');
  const body = `${lines.slice(0, -2).join('\n')}\n`;
  if (lines[0] !== TITLE || lines.at(-1) !== '' || lines.at(-2) !== `end ${digest(body)}`) return undefined;
  const entries = lines.slice(1, -2).map((line) => /^([0-9a-f]{8} \d+) (.+)$/.exec(line));
  return new Map(entries.map((match) => [match?.[2] ?? '', match?.[1] ?? '']));
}

/** The first thing that is not as it was sealed, in words; undefined when every byte is. */
export function findDamage(file: string, data: string): string | undefined {
  const seal = parseSeal(readFileSync(file).toString('latin1'));
  if (seal === undefined) return `${file}, which says what the files of the store were, is damaged`;
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  const present = new Set(listFiles(data));
  for (const [path, expected] of seal) {
    if (!present.delete(path)) return `${join(data, path)} is missing`;
    const { crc, bytes } = checksum(join(data, path), chunk);
    if (`${crc} ${bytes}` !== expected) return `${join(data, path)} is not as it was when the store was closed`;
  }
  const added = [...present].find((path) => !(path.startsWith(WAL) && SEGMENT.test(path.slice(WAL.length))));
  return added === undefined ? undefined : `${join(data, added)} was not there when the store was closed`;
}

/** Breaks the seal for good: from here on the files change. */
export function removeSeal(file: string): void {
  rmSync(file);
  sync(dirname(file));
}
