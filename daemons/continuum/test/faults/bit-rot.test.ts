import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchSystem } from '@continuum/testing/system';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exactlyOnce } from './effects.ts';
import { Team } from './team.ts';
import { openWorld, SECRET, type World } from './world.ts';

let world: World;
/** Copies of the home as it was when the system had stopped. */
let copies: string;
let count = 0;

beforeAll(async () => {
  copies = await mkdtemp(join(tmpdir(), 'continuum-rot-'));
  world = await openWorld();
  await world.launch();
  const team = new Team(world);
  for (let pull = 0; pull < 3; pull++) await team.openOne();
  await team.stop();
  await exactlyOnce(world, team);
  expect(await world.system().stop()).toBe(0);
}, 120_000);

afterAll(async () => {
  await world?.close();
  await rm(copies, { recursive: true, force: true });
});

async function copyOfHome(): Promise<string> {
  count += 1;
  const home = join(copies, String(count));
  await cp(world.home, home, { recursive: true });
  return home;
}

/** Flips one bit in the byte at this share of the file, in [0, 1). */
async function flip(path: string, share: number): Promise<void> {
  const bytes = await readFile(path);
  const at = Math.floor(bytes.length * share);
  bytes[at] = (bytes[at] ?? 0) ^ 0x10;
  await writeFile(path, bytes);
}

/** What the start says; a start that succeeds is stopped and returns undefined. */
async function startSays(home: string): Promise<string | undefined> {
  const environment = {
    GITHUB_WEBHOOK_SECRET: SECRET,
    GITHUB_API_URL: world.github.url,
    GITHUB_TOKEN: world.github.token,
  };
  try {
    const system = await launchSystem(home, environment);
    await system.kill();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** The biggest file, by a pattern of its path. */
async function biggest(home: string, pattern: RegExp): Promise<string> {
  const files = (await filesIn(home)).filter((file) => pattern.test(file));
  const sized = await Promise.all(files.map(async (file) => ({ file, bytes: (await stat(file)).size })));
  const [first] = sized.toSorted((a, b) => b.bytes - a.bytes);
  if (first === undefined) throw new Error(`no file matches ${pattern}`);
  return first.file;
}

describe('a bit that flipped while the system was stopped', () => {
  test('nothing flipped: the copy starts', async () => {
    expect(await startSays(await copyOfHome())).toBeUndefined();
  }, 60_000);

  test.each([0.3, 0.7])(
    'in the journal at %s of a segment: the start names the file and what to do',
    async (share) => {
      const home = await copyOfHome();
      await flip(await biggest(home, /\/journal\/.*\d/), share);
      const says = await startSays(home);
      expect(says).toContain('JOURNAL_CORRUPT');
      expect(says).toMatch(/backup|restore|replay/i);
    },
    60_000,
  );

  test.each([
    ['a table', /\/store\/data\/base\/\d+\/\d+$/, 0.5],
    ['the log', /\/store\/data\/pg_wal\/[0-9A-F]{24}$/, 0.01],
    ['the control file', /\/store\/data\/global\/pg_control$/, 0.01],
    ['the commit states', /\/store\/data\/pg_xact\/\d+$/, 0.001],
  ])(
    'in the store, %s: the start says that it is damaged and what to do',
    async (_, pattern, share) => {
      const home = await copyOfHome();
      await flip(await biggest(home, pattern), share);
      const says = await startSays(home);
      expect(says).toContain('STORE_CORRUPT');
      expect(says).toMatch(/backup|restore/i);
    },
    60_000,
  );
});
