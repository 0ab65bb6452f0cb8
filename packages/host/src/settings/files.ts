import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { ContinuumError } from '@continuum/contract/errors';
import { SETTING_NAMES } from '../settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment with what the files `*.env` in CONTINUUM_HOME say where a variable is not set: what is said explicitly wins,
 * and of two files the later name. A file that others may read is refused, since it holds secrets; a file that came with a
 * checkout always is one. Throws CONFIG_INVALID naming file and variable, never a value.
 */
export async function withSettingsFiles(environment: Environment): Promise<Environment> {
  const home = environment.CONTINUUM_HOME || '.continuum';
  const said: Record<string, string | undefined> = {};
  for (const file of await settingsFiles(home)) Object.assign(said, await readSettingsFile(file));
  const explicit = Object.entries(environment).filter(([, value]) => value !== undefined && value !== '');
  return { ...said, ...Object.fromEntries(explicit) };
}

async function settingsFiles(home: string): Promise<string[]> {
  try {
    const names = (await readdir(home)).filter((name) => name.endsWith('.env'));
    return names.sort().map((name) => join(home, name));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

async function readSettingsFile(file: string): Promise<Record<string, string | undefined>> {
  const { mode } = await stat(file);
  if ((mode & 0o077) !== 0 && process.platform !== 'win32') {
    throw new ContinuumError('CONFIG_INVALID', `${file} can be read by others`, { next: `chmod 600 ${file}` });
  }
  const variables = parseEnv(await readFile(file, 'utf8'));
  const unknown = Object.keys(variables).filter((name) => !SETTING_NAMES.has(name));
  if (unknown.length === 0) return variables;
  throw new ContinuumError('CONFIG_INVALID', `${file}: ${unknown.join(', ')} is no setting`, {
    next: 'The README lists all of them; continuum init writes a file with their names.',
  });
}
