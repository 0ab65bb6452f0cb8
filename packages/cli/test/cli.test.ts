import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ReviewAnswer } from '@continuum/contract/http';
import { freshHome, type LaunchedSystem, launchSystem } from '@continuum/testing/system';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

const MAIN = join(import.meta.dirname, '..', 'src', 'main.ts');
const EXEC = (name: string) =>
  `const cp = require('child_process');\n\nmodule.exports.${name} = (req) => cp.exec('ls ' + req.query.dir);\n`;

let place: Awaited<ReturnType<typeof freshHome>>;
let system: LaunchedSystem;
let folder = '';

const SarifLog = z.object({
  runs: z.array(
    z.object({
      results: z.array(z.object({ suppressions: z.array(z.object({ justification: z.string() })).optional() })),
    }),
  ),
});

interface Answer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function continuum(...args: string[]): Promise<Answer> {
  return new Promise((resolve) => {
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: place.home,
      CONTINUUM_URL: system.url,
      CONTINUUM_HOME: place.home,
    };
    execFile(process.execPath, [MAIN, ...args], { env, cwd: folder }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    );
  });
}

async function json(...args: string[]): Promise<unknown> {
  const { out } = await continuum('--json', ...args);
  return JSON.parse(out);
}

function commit(file: string, text: string): void {
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: folder,
      stdio: 'ignore',
    });
  writeFileSync(join(folder, file), text);
  git('add', '-A');
  git('commit', '-m', file);
}

beforeAll(async () => {
  place = await freshHome();
  system = await launchSystem(place.home);
  folder = join(place.home, 'work');
  mkdirSync(folder);
  execFileSync('git', ['init', '-b', 'main'], { cwd: folder, stdio: 'ignore' });
  commit('README.md', '# work\n');
  commit('list.js', EXEC('list'));
}, 120_000);
afterAll(async () => {
  await system?.stop();
  await place?.remove();
});

describe('the command line', () => {
  test('reviews, is corrected, and reviews differently', async () => {
    const first = ReviewAnswer.parse(await json('review', 'HEAD~1..HEAD'));
    const [finding] = first.findings.filter(({ status }) => status === 'posted');
    expect(finding).toMatchObject({ path: 'list.js', line: 3, cwe: 'CWE-78' });
    const learned = await json(
      'feedback',
      finding?.id ?? '',
      'wrong',
      'this is an internal tool, we run it ourselves',
      '--as',
      'ada',
    );
    expect(learned).toMatchObject({ learned: 'active' });
    commit('tree.js', EXEC('tree'));
    const second = ReviewAnswer.parse(await json('review', 'HEAD~1..HEAD'));
    expect(second.findings.map(({ status }) => status)).toEqual(['withheld']);
    const { out } = await continuum('review', 'HEAD~1..HEAD', '--all');
    expect(out).toMatch(/withheld: judgement/);
    expect(out).toContain('ada');
  });

  test('shows and exports what was learned', async () => {
    expect((await continuum('examples')).out).toMatch(/correction 1\.00 active .* by ada/);
    const file = join(place.home, 'examples.jsonl');
    expect((await continuum('export', '--format', 'dpo', '--out', file)).out).toContain('1 examples');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      prompt: expect.anything(),
      chosen: expect.anything(),
      rejected: expect.anything(),
    });
  });

  test('talks, and knows scopes', async () => {
    expect((await continuum('say', 'Hello, room.', '--as', 'ada')).out).toMatch(/^msg_/);
    expect((await continuum('scopes')).out).toContain('/security/');
    expect((await continuum('scopes', 'enter', 'security-ai', '/security/auth/')).out).toContain(
      '/security/auth/ > /security/ > /',
    );
    expect((await continuum('scope', 'enter', 'security-ai', '/security/')).out).toContain('/security/ > /');
    expect((await continuum('scope', 'leave', 'security-ai')).out).toContain('0 layers released');
  });

  test('asks what the team knows, here and in a room', async () => {
    const known = await continuum('ask', 'which internal tool do we run ourselves?');
    expect(known.out).toContain('**ada** said');
    expect(known.out).toContain('this is an internal tool, we run it ourselves');
    expect((await continuum('ask', 'what is for lunch?')).out).toContain("I don't know");
    const inRoom = await continuum('ask', 'which internal tool do we run ourselves?', '--room', '--as', 'ada');
    expect(inRoom.out).toMatch(/^\S.* AI: .*this is an internal tool/s);
  });

  test('knows layers, and trains none of too few corrections', async () => {
    expect((await continuum('layers')).out).toContain('none yet');
    expect((await continuum('layers', 'list', '--state', 'active')).out).toContain('none yet');
    const { code, err } = await continuum('train', '--scope', 'security', '--wait');
    expect([code, err]).toEqual([1, expect.stringMatching(/\/security\/ has \d+ corrections, a layer needs 32/)]);
    const none = `layer-${'0'.repeat(32)}`;
    for (const action of ['show', 'promote', 'rollback']) {
      expect((await continuum('layers', action, none)).err).toContain('NOT_FOUND');
    }
    expect((await continuum('layers', 'cancel', 'job_none')).err).toContain('NOT_FOUND');
  });

  test('shows dead letters and the audit, and says what cannot be asked or replayed', async () => {
    expect((await continuum('dead-letters')).out).toContain('none');
    expect((await continuum('dead-letters', 'replay', '--all')).out).toContain('0 back in line');
    expect((await continuum('dead-letters', 'replay', 'outbox')).err).toContain('--all');
    expect((await continuum('dead-letters', 'replay', 'outbox', 'out_none')).err).toContain('NOT_FOUND');
    expect((await continuum('reconcile', '--since', '2026-01-01')).err).toContain('GITHUB_TOKEN');
    expect((await continuum('replay', 'nothing-of-this-name')).err).toContain('NOT_FOUND');
    expect((await continuum('audit')).out).toMatch(/operator:\S+ deliveries\/replay \S* failed \(NOT_FOUND\)/);
    expect(await continuum('audit', 'verify')).toMatchObject({ code: 0, out: expect.stringContaining('whole') });
  });

  test('writes a review as SARIF, with what was withheld as suppressed', async () => {
    const file = join(place.home, 'review.sarif');
    await continuum('review', 'HEAD~1..HEAD', '--sarif', file);
    expect(SarifLog.parse(JSON.parse(readFileSync(file, 'utf8'))).runs[0]?.results).toEqual([]);
    await continuum('review', 'HEAD~1..HEAD', '--sarif', file, '--all');
    const [result] = SarifLog.parse(JSON.parse(readFileSync(file, 'utf8'))).runs[0]?.results ?? [];
    expect(result?.suppressions?.[0]?.justification).toContain('ada declined');
    const { review } = ReviewAnswer.parse(await json('review', 'HEAD~1..HEAD'));
    const served = await fetch(`${system.url}/api/v1/reviews/${review.id}/sarif?withheld=true`);
    expect(served.headers.get('content-type')).toBe('application/sarif+json');
    expect(SarifLog.parse(await served.json()).runs[0]?.results).toHaveLength(1);
  });

  test('keeps lessons in a file of the repository and takes them in again', async () => {
    expect((await continuum('lessons', 'export')).out).toContain('1 lessons of local/work');
    const file = join(folder, '.continuum', 'lessons.jsonl');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ v: 1, by: 'ada', verdict: 'decline' });
    expect((await continuum('lessons', 'import')).out).toContain('0 lessons are new to local/work, 1 were known');
    writeFileSync(file, '{"v":1}\n');
    expect((await continuum('lessons', 'import')).err).toContain('line 1');
  });

  test('knows people on several sources and the places of rooms', async () => {
    expect((await continuum('people')).out).toContain('nobody yet');
    expect((await continuum('people', 'link', 'slack', 'U1', 'ada', '--as', 'root')).out).toContain('slack U1 is ada');
    expect((await continuum('people', 'list')).out).toContain('slack U1 is ada (operator:root)');
    expect((await continuum('people', 'claim', 'slack', 'U2', 'ben')).out).toMatch(/@continuum link \w{4}-\w{4}/);
    expect((await continuum('people', 'unlink', 'slack', 'U1')).out).toContain('nobody now');
    expect((await continuum('people', 'unlink', 'slack', 'U1')).err).toContain('NOT_FOUND');
    expect((await continuum('people', 'link', 'myspace', 'U1', 'ada')).code).toBe(1);
    expect((await continuum('rooms', 'connect', 'dev-updates', 'slack', 'C1')).out).toContain('slack:C1');
    expect((await continuum('rooms')).out).toMatch(/^dev-updates.*slack:C1/m);
    expect((await continuum('rooms', 'connect', 'nowhere', 'slack', 'C1')).err).toContain('NOT_FOUND');
  });

  test('the doctor names what is missing and what works', async () => {
    const { out, code } = await continuum('doctor');
    expect(out).toMatch(/ok +server: ready/);
    expect(out).toContain('GITHUB_WEBHOOK_SECRET is not set');
    expect(code).toBe(0);
  });

  test.each([
    [['review', 'nowhere..HEAD'], 'UNKNOWN_REVISION'],
    [['feedback', 'fnd_none', 'wrong'], 'NOT_FOUND'],
    [['feedback', 'fnd_none', 'perhaps'], 'INVALID_INPUT'],
    [['--url', 'http://127.0.0.1:1', 'layers'], 'npm start'],
  ])('%j fails with what to do next', async (args, says) => {
    const { code, err } = await continuum(...args);
    expect(code).toBe(1);
    expect(err).toContain(says);
  });
});
