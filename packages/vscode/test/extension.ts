import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '..', '..', '..');
/** Where `bin/bring-tools.mjs` puts what it brings. */
export const TOOLS = process.env.CONTINUUM_VSCODE ?? join(ROOT, '.continuum', 'vscode');
export const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** Files of a `.vsix` by their path. */
export type Vsix = ReadonlyMap<string, Uint8Array>;

/** Packages the extension as `npm run package` does, and reads the `.vsix`. */
export async function packageExtension(): Promise<Vsix> {
  const file = join(await mkdtemp(join(tmpdir(), 'vsix-')), 'continuum.vsix');
  const script = join(import.meta.dirname, '..', 'bin', 'package.mjs');
  await promisify(execFile)(process.execPath, [script, file], { env: { ...process.env, CONTINUUM_VSCODE: TOOLS } });
  return new Map(Object.entries(unzipSync(await readFile(file))));
}

const Manifest = z.looseObject({
  contributes: z.looseObject({
    configuration: z.looseObject({ properties: z.record(z.string(), z.looseObject({ default: z.unknown() })) }),
  }),
});

/** Unpacks the extension, with these user settings: its defaults, because tests have no other place for them. */
export async function unpack(vsix: Vsix, settings: Readonly<Record<string, unknown>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'extension-'));
  for (const [path, bytes] of vsix) {
    if (!path.startsWith('extension/')) continue;
    const file = join(folder, path.slice('extension/'.length));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
  }
  const file = join(folder, 'package.json');
  const manifest = Manifest.parse(JSON.parse(await readFile(file, 'utf8')));
  const { properties } = manifest.contributes.configuration;
  for (const [name, value] of Object.entries(settings)) {
    const property = properties[`continuum.${name}`];
    if (property === undefined) throw new Error(`there is no setting continuum.${name}`);
    property.default = value;
  }
  await writeFile(file, JSON.stringify(manifest));
  return folder;
}

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address === 'object' && address !== null) return address.port;
  throw new Error('no port is free');
}
