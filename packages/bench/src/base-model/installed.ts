import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChangedFile, ChangeSet } from '@continuum/contract/change-set';
import { addedFile, isMinified } from '../advisories/corpus.ts';

const PERMISSIVE = /^(MIT|ISC|BSD-[23]-Clause|Apache-2\.0|0BSD|\(?MIT OR [\w.-]+\)?)$/;
const CODE = /\.([cm]?js|jsx|ts|py)$/;
const TYPES = /\.d\.[cm]?ts$/;
const MOST_FILES = 40;
const MOST_CHARACTERS = 60_000;

/** The packages installed under a `node_modules` folder whose licence permits everything, as change sets, by name. */
export async function installedPackages(folder: string): Promise<ChangeSet[]> {
  const changes: ChangeSet[] = [];
  for (const name of await packageNames(folder)) {
    const files = await filesOf(join(folder, name));
    const repo = `npm/${name.replace(/^@/, '').replaceAll('/', '.')}`;
    if (files.length > 0) changes.push({ repo, title: `Add ${name}`, files, skipped: [] });
  }
  return changes;
}

async function packageNames(folder: string): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await readdir(folder)) {
    if (entry.startsWith('.') || entry.startsWith('@continuum')) continue;
    if (entry.startsWith('@')) names.push(...(await readdir(join(folder, entry))).map((name) => `${entry}/${name}`));
    else names.push(entry);
  }
  return names.sort();
}

async function filesOf(folder: string): Promise<ChangedFile[]> {
  const about: unknown = await readFile(join(folder, 'package.json'), 'utf8').then(JSON.parse, () => undefined);
  if (!isPermissive(about)) return [];
  const entries = await readdir(folder, { recursive: true });
  const paths = entries.filter((path) => CODE.test(path) && !TYPES.test(path) && !path.includes('node_modules')).sort();
  // Evenly over the package, so that no single folder is all there is.
  const step = Math.max(1, paths.length / MOST_FILES);
  const chosen = Array.from(
    { length: Math.min(MOST_FILES, paths.length) },
    (_, i) => paths[Math.floor(i * step)] ?? '',
  );
  const files = await Promise.all(chosen.map((path) => fileOf(folder, path)));
  return files.filter((file) => file !== undefined);
}

async function fileOf(folder: string, path: string): Promise<ChangedFile | undefined> {
  const content = await readFile(join(folder, path), 'utf8').catch(() => '');
  if (content === '' || content.length > MOST_CHARACTERS || isMinified(path, content)) return undefined;
  return addedFile(path, content);
}

function isPermissive(about: unknown): boolean {
  return (
    typeof about === 'object' &&
    about !== null &&
    'license' in about &&
    typeof about.license === 'string' &&
    PERMISSIVE.test(about.license)
  );
}
