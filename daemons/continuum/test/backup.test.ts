import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ContinuumClient } from '@continuum/sdk/client';
import { type LaunchedSystem, launchSystem } from '@continuum/testing/system';
import { createTestDatabase, type TestDatabase, testServer } from '@continuum/testing/test-database';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Sender } from './faults/sender.ts';

const SECRET = 'a-webhook-secret';
const MAIN = join(import.meta.dirname, '..', '..', '..', 'packages', 'cli', 'src', 'main.ts');
const PATIENCE = { timeout: 60_000, interval: 200 };
const LEAST = 60;

let root: string;
let system: LaunchedSystem;
let database: TestDatabase | undefined;
let sender: Sender;
let sent = 0;
/** Acknowledged before the backup was asked for. */
let before: string[] = [];

const textOf = (deliveryId: string): string => `Remark ${deliveryId}, said once.`;

/** A comment on a pull request, as GitHub delivers it. */
function comment(number: number) {
  const deliveryId = `d-${number}`;
  const bob = { login: 'bob', id: 7, type: 'User' };
  const body = JSON.stringify({
    action: 'created',
    issue: { number: 1, pull_request: { url: 'https://github.example/pr/1' }, user: bob },
    comment: {
      ...{ id: 1000 + number, body: textOf(deliveryId), user: bob, author_association: 'MEMBER' },
      ...{ html_url: `https://github.example/c/${number}`, created_at: '2026-03-01T12:00:00Z' },
      updated_at: '2026-03-01T12:00:00Z',
    },
    repository: { full_name: 'acme/shop' },
    sender: bob,
  });
  return { deliveryId, event: 'issue_comment', body };
}

interface Answer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function continuum(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const env = { PATH: process.env.PATH ?? '', HOME: root, CONTINUUM_URL: system.url, ...environment };
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { env, cwd: root }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    );
  });
}

/** Texts of all messages in the room. */
async function room(client: ContinuumClient): Promise<string[]> {
  const texts: string[] = [];
  for (let last: string | undefined; ; ) {
    const page = await client.messages('dev-updates', { limit: 500, ...(last === undefined ? {} : { before: last }) });
    texts.push(...page.map(({ text }) => text));
    if (page.length < 500) return texts;
    last = page[0]?.id;
  }
}

/** Everything acknowledged before the backup is there, once, and the audit holds. */
async function expectComplete(home: string, environment: Readonly<Record<string, string>>): Promise<void> {
  const restored = await launchSystem(home, { GITHUB_WEBHOOK_SECRET: SECRET, ...environment });
  try {
    const client = new ContinuumClient({ url: restored.url });
    const counts = async () => {
      const said = await room(client);
      return before.map((id) => said.filter((text) => text.includes(textOf(id))).length);
    };
    await vi.waitFor(async () => expect(await counts()).toEqual(before.map(() => 1)), PATIENCE);
    // A sender that sends again what it sent before the backup is told that it is known.
    const again = new Sender({ target: () => restored.url, secret: SECRET });
    for (const id of before.slice(0, 5)) again.send(comment(Number(id.slice(2))));
    await vi.waitFor(() => expect(again.pending).toBe(0), PATIENCE);
    await sleep(500);
    expect(await counts()).toEqual(before.map(() => 1));
    expect((await client.ready()).ready).toBe(true);
  } finally {
    await restored.stop();
  }
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'continuum-backup-'));
  system = await launchSystem(join(root, 'home'), { GITHUB_WEBHOOK_SECRET: SECRET });
  sender = new Sender({ target: () => system.url, secret: SECRET, concurrency: 4 });
}, 120_000);
afterAll(async () => {
  sender.stop();
  await system.stop();
  await database?.drop();
  await rm(root, { recursive: true, force: true, maxRetries: 3 });
});

describe('a system that is backed up under load, then killed', { timeout: 180_000 }, () => {
  test('is copied while it goes on taking deliveries in', async () => {
    let working = true;
    const load = (async () => {
      while (working) {
        if (sender.pending < 20) sender.send(comment(sent++));
        else await sleep(5);
      }
    })();
    await vi.waitFor(() => expect(sender.acknowledged.size).toBeGreaterThan(LEAST), PATIENCE);
    before = [...sender.acknowledged];
    const { code, out, err } = await continuum(['--json', 'backup', 'backup']);
    expect([code, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toMatchObject({ folder: join(root, 'backup'), files: expect.any(Number) });
    const meanwhile = sender.acknowledged.size - before.length;
    await system.kill();
    working = false;
    sender.stop();
    await load;
    expect(meanwhile).toBeGreaterThan(0);
  });

  test('the command line tells whether a backup is whole, and restores none that is not', async () => {
    const { code, out } = await continuum(['backup', 'verify', 'backup']);
    expect([code, out]).toEqual([0, expect.stringMatching(/backup: whole, \d+ files, [\d.]+ MiB, \d+ rows, as of /)]);
    const home = { CONTINUUM_HOME: join(root, 'nothing') };
    const refused = await continuum(['restore', join(root, 'home')], home);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('BACKUP_CORRUPT')]);
    const used = await continuum(['restore', 'backup'], { CONTINUUM_HOME: join(root, 'home') });
    expect([used.code, used.err]).toEqual([1, expect.stringContaining('CONFLICT')]);
    expect(await readdir(root)).not.toContain('nothing');
  });

  test('is restored elsewhere with everything that was acknowledged before, once, and its audit holds', async () => {
    const home = join(root, 'elsewhere');
    const { code, out } = await continuum(['restore', 'backup'], { CONTINUUM_HOME: home });
    expect([code, out]).toEqual([0, expect.stringContaining('restored')]);
    await expectComplete(home, {});
    const { openPgliteStore } = await import('@continuum/store/pglite');
    const store = await openPgliteStore({ folder: join(home, 'store') });
    expect(await store.audit.verify()).toBeUndefined();
    await store.close();
  });

  if (testServer === undefined) test.skip('into PostgreSQL: set TEST_DATABASE_URL');
  else intoPostgres(testServer);
});

function intoPostgres(server: string): void {
  test('is restored into PostgreSQL just as well', async () => {
    database = await createTestDatabase(server);
    const environment = { CONTINUUM_HOME: join(root, 'with-postgres'), DATABASE_URL: database.url };
    const { code, err } = await continuum(['restore', 'backup'], environment);
    expect([code, err]).toEqual([0, '']);
    await expectComplete(environment.CONTINUUM_HOME, { DATABASE_URL: database.url });
  });
}
