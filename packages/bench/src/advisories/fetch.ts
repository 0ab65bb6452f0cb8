import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ContinuumError } from '@continuum/contract/errors';

const run = promisify(execFile);
const CACHE = fileURLToPath(new URL('../../../../node_modules/.cache/continuum/advisories/', import.meta.url));
const TIMEOUT_MS = 120_000;

/**
 * The folder of an unpacked npm release; fetched once with `npm pack` (no script of the package runs), then cached.
 * @throws ContinuumError NOT_FOUND when the registry does not have the release.
 */
export async function fetchRelease(name: string, version: string): Promise<string> {
  const folder = join(CACHE, `${name.replaceAll('/', '+')}@${version}`);
  if (existsSync(folder)) return folder;
  await mkdir(CACHE, { recursive: true });
  const temporary = await mkdtemp(join(CACHE, '.fetch-'));
  try {
    await pack(name, version, temporary);
    await rename(temporary, folder);
    return folder;
  } catch (error) {
    throw new ContinuumError('NOT_FOUND', `${name}@${version} could not be fetched`, {
      cause: error,
      next: 'Check the network and the registry; releases that were unpublished stay unavailable.',
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function pack(name: string, version: string, folder: string): Promise<void> {
  const target = ['pack', `${name}@${version}`, '--pack-destination', folder, '--ignore-scripts', '--silent'];
  await run('npm', target, { cwd: folder, timeout: TIMEOUT_MS });
  const tarball = (await readdir(folder)).find((entry) => entry.endsWith('.tgz'));
  if (tarball === undefined) throw new ContinuumError('NOT_FOUND', `npm pack left no tarball for ${name}@${version}`);
  const options = ['-xzf', join(folder, tarball), '-C', folder, '--strip-components=1', '--no-same-owner'];
  await run('tar', options, { timeout: TIMEOUT_MS });
  await run('chmod', ['-R', 'u+rwX', folder], { timeout: TIMEOUT_MS });
  await rm(join(folder, tarball));
}
