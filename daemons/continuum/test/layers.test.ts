import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Arm } from '@continuum/contract/command';
import type { Finding } from '@continuum/contract/finding';
import type { Layer } from '@continuum/contract/layer';
import { ContinuumClient } from '@continuum/sdk/client';
import { freshHome, type LaunchedSystem, launchSystem } from '@continuum/testing/system';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

const REPO = 'acme/shop';
const SCOPE = '/security/';
const LESSONS = 72;

let system: LaunchedSystem;
let continuum: ContinuumClient;
let place: Awaited<ReturnType<typeof freshHome>>;
/** Names of the events that reached a listener over HTTP. */
const heard = new Set<string>();

async function launch(): Promise<void> {
  system = await launchSystem(place.home);
  continuum = new ContinuumClient({ url: system.url });
  void listen(system.url);
}

async function listen(url: string): Promise<void> {
  const response = await fetch(`${url}/api/v1/events`);
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body ?? []) {
      for (const [, name = ''] of decoder.decode(chunk).matchAll(/^event: (\S+)$/gm)) heard.add(name);
    }
  } catch {
    // The server was killed on purpose.
  }
}

const NAMES = ['find', 'load', 'pick', 'read', 'take', 'open'];
/** One file with one dynamic property access; every other one lies among the tests. */
function fileOf(index: number): string {
  const folder = index % 2 === 0 ? 'test/unit' : 'src/core';
  const name = NAMES[index % NAMES.length];
  const lines = [
    `function ${name}${index}(items, name) {`,
    '  return items[name];',
    '}',
    `module.exports = ${name}${index};`,
  ];
  const path = `${folder}/${name}-${index}.js`;
  const added = lines.map((line) => `+${line}\n`).join('');
  return `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1,4 @@\n${added}`;
}

async function review(from: number, to: number, arm?: Arm): Promise<Finding[]> {
  const patch = Array.from({ length: to - from }, (_, i) => fileOf(from + i)).join('');
  const asked = { patch, repo: REPO, title: `Files ${from}`, cap: 1000 };
  const { findings } = await continuum.review(arm === undefined ? asked : { ...asked, arm, dryRun: true });
  return findings.filter(({ scope }) => scope === SCOPE);
}

const UNSPOKEN = {
  'test/unit/files.js': "const fs = require('fs');\nmodule.exports = (name) => fs.readFileSync(name);\n",
  'test/e2e/shell.js': "const cp = require('child_process');\nmodule.exports = (name) => cp.exec('ls ' + name);\n",
  'src/core/pattern.js': 'module.exports = (text) => new RegExp(text);\n',
  'lib/load.js': 'module.exports = (name) => require(name);\n',
};

/** Scores of findings by rules that nobody corrected. */
async function unspoken(arm: Arm): Promise<{ path: string; rule: string; score: number }[]> {
  const patch = Object.entries(UNSPOKEN)
    .map(([path, text]) => {
      const lines = text.trimEnd().split('\n');
      const added = lines.map((line) => `+${line}\n`).join('');
      return `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1,${lines.length} @@\n${added}`;
    })
    .join('');
  const { findings } = await continuum.review({ patch, repo: REPO, title: 'Unspoken', cap: 1000, arm, dryRun: true });
  return findings.map(({ path, rule, judgement }) => ({ path, rule, score: judgement.score }));
}

/** The team does not want to hear of tests, and does not say so. */
async function teach(findings: readonly Finding[]): Promise<void> {
  for (const { id, path } of findings) {
    const right = !path.startsWith('test/');
    const [kind, value] = right ? (['confirmation', 'right'] as const) : (['correction', 'wrong'] as const);
    await continuum.feedback({ findingId: id, kind, value, author: 'alice' });
  }
}

const layersOf = async (): Promise<Layer[]> => continuum.layers({ scope: SCOPE });
const saidByLayer = ({ judgement }: Finding): boolean => judgement.why.some(({ kind }) => kind === 'layer');

/** SHA-256 would say the same; the bytes themselves leave nothing to doubt. */
async function weightsOf(id: string): Promise<string> {
  const folder = join(place.home, 'genome', 'layers', id);
  const files = (await readdir(folder)).sort();
  return (await Promise.all(files.map((file) => readFile(join(folder, file), 'base64')))).join('\n');
}

beforeAll(async () => {
  place = await freshHome();
  await launch();
}, 120_000);

afterAll(async () => {
  await system?.stop();
  await place?.remove();
});

test('corrections become examples that count for their scope', async () => {
  const findings = await review(0, LESSONS);
  expect(findings.length).toBeGreaterThanOrEqual(LESSONS);
  await teach(findings);
  const scopes = await continuum.scopes();
  expect(scopes.find(({ id }) => id === SCOPE)).toBeDefined();
}, 120_000);

test('a training that is killed with -9 goes on after the restart, passes its gates and decides', async () => {
  const { jobId } = await continuum.train({ scope: SCOPE, options: { checkpointEvery: 1 } });
  const checkpoints = join(place.home, 'training', jobId);
  await vi.waitFor(
    async () => expect(await filesIn(checkpoints)).toContainEqual(expect.stringMatching(/^checkpoint/)),
    {
      timeout: 60_000,
      interval: 20,
    },
  );
  await system.kill();
  await launch();
  await vi.waitFor(async () => expect((await layersOf()).filter(({ gates }) => gates.length > 0)).toHaveLength(1), {
    timeout: 120_000,
    interval: 250,
  });
  expect((await layersOf()).map(({ state }) => state)).toEqual(['active']);
  const [layer] = await layersOf();
  expect(
    layer?.gates.map(({ gate, passed }) => [gate, passed]),
    layer?.because,
  ).toEqual([
    ['held-out-lift', true],
    ['golden-set', true],
  ]);
}, 240_000);

test('whoever enters the scope has the layer, and the review is another one and says so', async () => {
  const [layer] = await layersOf();
  const entered = await continuum.enterScope('security-ai', '/security/');
  expect(entered.layers).toEqual([layer?.id]);
  const [memory, both] = [await review(900, 912, 'memory'), await review(900, 912, 'both')];
  expect(memory.some(saidByLayer)).toBe(false);
  expect(both.every(saidByLayer)).toBe(true);
  expect(both[0]?.judgement.why.find(({ kind }) => kind === 'layer')?.text).toContain(layer?.id);
  const right = both.filter(({ path, judgement }) => (judgement.verdict === 'post') !== path.startsWith('test/'));
  expect(right).toHaveLength(both.length);
  // Of what nobody spoke yet the memory is not sure: there the layer moves what is decided.
  const before = await unspoken('memory');
  const moved = (await unspoken('both')).map(({ path, rule, score }) => {
    const unsure = before.find((one) => one.path === path && one.rule === rule)?.score ?? score;
    return Math.abs(score - unsure);
  });
  expect(Math.max(...moved)).toBeGreaterThan(0.05);
});

test('killed with -9 while layers are in use: the same layer gives the same scores afterwards', async () => {
  const scores = async () => (await review(900, 912, 'both')).map(({ path, judgement }) => [path, judgement.score]);
  const before = await scores();
  void review(100, 180, 'both').catch(() => undefined);
  await system.kill();
  await launch();
  expect(await scores()).toEqual(before);
});

test('a rollback takes it back and a promotion brings the very same bytes again', async () => {
  const [layer] = await layersOf();
  const id = layer?.id ?? '';
  const bytes = await weightsOf(id);
  const { archived } = await continuum.rollback(id);
  expect(archived).toMatchObject({ id, state: 'archived' });
  expect((await review(900, 904, 'both')).some(saidByLayer)).toBe(false);
  for (const to of ['candidate', 'shadow', 'canary', 'active'] as const) {
    await continuum.promote(id, to).catch(() => undefined);
  }
  expect((await layersOf()).map(({ state }) => state)).toEqual(['active']);
  expect((await review(900, 904, 'both')).every(saidByLayer)).toBe(true);
  expect(await weightsOf(id)).toBe(bytes);
});

test('what happened to the layer was told to whoever listens', () => {
  expect([...heard]).toEqual(expect.arrayContaining(['training:progress', 'layer:changed', 'scope:entered']));
});

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true }).catch(() => []);
  return entries.map((entry) => entry.split('/').at(-1) ?? '');
}
