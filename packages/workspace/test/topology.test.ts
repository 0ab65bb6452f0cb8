import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

const root = join(import.meta.dirname, '..', '..', '..');
const readJson = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'));

const Floors = z.object({
  floors: z.array(z.object({ floor: z.number(), packages: z.array(z.string()) })),
  contractOnly: z.array(z.string()),
});
const Manifest = z.object({
  name: z.string(),
  dependencies: z.record(z.string(), z.string()).default({}),
  devDependencies: z.record(z.string(), z.string()).default({}),
});

const { floors, contractOnly } = Floors.parse(readJson('packages/workspace/floors.json'));
const floorOf = new Map(floors.flatMap(({ floor, packages }) => packages.map((path) => [path, floor] as const)));
const folders = ['packages', 'daemons', 'webhooks'].flatMap((top) =>
  readdirSync(join(root, top))
    .filter((name) => existsSync(join(root, top, name, 'package.json')))
    .map((name) => `${top}/${name}`),
);
const manifests = new Map(folders.map((path) => [path, Manifest.parse(readJson(`${path}/package.json`))]));
const pathOf = new Map([...manifests].map(([path, { name }]) => [name, path]));

/** Every workspace package named in an import of a source file. */
function importedPackages(path: string): Set<string> {
  const found = new Set<string>();
  const source = join(root, path, 'src');
  if (!existsSync(source)) return found;
  for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.tsx?$/.test(entry.name) || entry.name.endsWith('.test.ts')) continue;
    const text = readFileSync(join(entry.parentPath, entry.name), 'utf8');
    for (const match of text.matchAll(/from '(@continuum\/[\w-]+)|import\('(@continuum\/[\w-]+)/g)) {
      const name = match[1] ?? match[2];
      if (name !== undefined) found.add(name);
    }
  }
  return found;
}

describe('the house', () => {
  test('the top level is what the design says', () => {
    const directories = readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !['.git', 'node_modules', '.nx'].includes(entry.name))
      .map((entry) => entry.name);
    expect(directories.sort()).toEqual(
      ['.ci', '.continuum', 'daemons', 'deploy', 'docs', 'packages', 'recipes', 'scopes', 'webhooks'].sort(),
    );
  });

  test('every package stands on exactly one floor', () => {
    expect([...floorOf.keys()].sort()).toEqual([...folders].sort());
  });

  test.each(folders)('%s imports lower floors only and declares what it imports', (path) => {
    const manifest = manifests.get(path);
    const floor = floorOf.get(path) ?? Number.NaN;
    for (const name of importedPackages(path)) {
      const target = pathOf.get(name);
      if (target === path) continue;
      expect(target, `${path} imports unknown ${name}`).toBeDefined();
      expect(floorOf.get(target ?? ''), `${path} (floor ${floor}) imports ${name}`).toBeLessThan(floor);
      expect(Object.keys(manifest?.dependencies ?? {}), `${path} must declare ${name}`).toContain(name);
    }
  });

  test.each(contractOnly)(
    '%s reaches the system over HTTP: it imports the contract and nothing else of ours',
    (path) => {
      const others = [...importedPackages(path)].filter((name) => name !== '@continuum/contract');
      expect(others).toEqual([]);
    },
  );

  test.each(folders)('%s has a README', (path) => {
    expect(existsSync(join(root, path, 'README.md'))).toBe(true);
  });
});

describe('the lock file', () => {
  const Lock = z.object({
    packages: z.record(z.string(), z.object({ optionalDependencies: z.record(z.string(), z.string()).default({}) })),
  });

  test('is complete for every platform; `npm run complete-lock` mends it', () => {
    const { packages } = Lock.parse(readJson('package-lock.json'));
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies }]) =>
      Object.keys(optionalDependencies).filter(
        (name) =>
          packages[`node_modules/${name}`] === undefined && packages[`${path}/node_modules/${name}`] === undefined,
      ),
    );
    expect(missing).toEqual([]);
  });

  test('names no registry', () => {
    expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved": "http/);
  });
});
