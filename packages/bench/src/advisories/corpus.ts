import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { ChangedFile, ChangeSet, SkippedFile } from '@continuum/contract/change-set';
import { fetchRelease } from './fetch.ts';
import { type AdvisoryRow, type Split, splitRows } from './rows.ts';

/** Never more packages than this in one run: the registry is a shared good. */
export const MAX_PACKAGES = 40;
const MAX_BYTES = 512 * 1024;
const MAX_LINE = 5_000;
const MAX_MEAN_LINE = 200;

export interface LoadedPackage {
  readonly row: AdvisoryRow;
  readonly change: ChangeSet;
}

/**
 * One npm release as a change set in which every text file is added; minified, huge and vendored files are named in
 * `skipped`.
 * @throws ContinuumError NOT_FOUND when the registry does not have the release.
 */
export async function loadPackage(row: AdvisoryRow): Promise<ChangeSet> {
  const folder = await fetchRelease(row.package, row.version);
  const files: ChangedFile[] = [];
  const skipped: SkippedFile[] = [];
  for (const path of await listFiles(folder)) {
    const loaded = await loadFile(folder, path);
    if ('reason' in loaded) skipped.push(loaded);
    else files.push(loaded);
  }
  return { repo: repoName(row.package), title: `Add ${row.package} ${row.version}`, files, skipped };
}

/** The first `n` obtainable packages of a split in the order of `seed`; unavailable ones are passed over. */
export async function* loadSample(split: Split, n: number, seed: number): AsyncGenerator<LoadedPackage> {
  let left = Math.min(n, MAX_PACKAGES);
  for (const row of splitRows(split, seed)) {
    if (left <= 0) return;
    const change = await loadPackage(row).catch(() => undefined);
    if (change === undefined) continue;
    left -= 1;
    yield { row, change };
  }
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/')).sort();
}

async function loadFile(folder: string, path: string): Promise<ChangedFile | SkippedFile> {
  if (/(^|\/)(node_modules|bower_components)\//.test(path)) return { path, reason: 'vendored' };
  const { size } = await stat(join(folder, path));
  if (size > MAX_BYTES) return { path, reason: 'too-large', detail: `${size} bytes` };
  const bytes = await readFile(join(folder, path));
  if (bytes.includes(0)) return { path, reason: 'binary' };
  const content = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  if (isMinified(path, content)) return { path, reason: 'generated', detail: 'minified' };
  return addedFile(path, content);
}

/** Named `.min.`, or with lines that no person writes. */
export function isMinified(path: string, content: string): boolean {
  if (/[.-]min\.\w+$/.test(path)) return true;
  const lines = content.split('\n');
  return content.length / lines.length > MAX_MEAN_LINE || lines.some((line) => line.length > MAX_LINE);
}

/** A whole file as one added hunk. */
export function addedFile(path: string, content: string): ChangedFile {
  const texts = content.split('\n');
  if (texts.at(-1) === '') texts.pop();
  const lines = texts.map((text, index) => ({ kind: 'add' as const, text, newLine: index + 1 }));
  const hunks = lines.length === 0 ? [] : [{ oldStart: 0, newStart: 1, lines }];
  return { path, status: 'added', hunks, content, complete: true };
}

function repoName(name: string): string {
  return `npm/${name
    .replace(/^@/, '')
    .replaceAll('/', '.')
    .replace(/[^\w.-]/g, '-')}`;
}
