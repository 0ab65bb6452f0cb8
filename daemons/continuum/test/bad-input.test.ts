import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ContinuumClient } from '@continuum/sdk/client';
import { freshHome, type LaunchedSystem, launchSystem } from '@continuum/testing/system';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const SECRET = 'a-webhook-secret';
let place: Awaited<ReturnType<typeof freshHome>>;
let system: LaunchedSystem;
let continuum: ContinuumClient;

beforeAll(async () => {
  place = await freshHome();
  system = await launchSystem(place.home, { GITHUB_WEBHOOK_SECRET: SECRET });
  continuum = new ContinuumClient({ url: system.url });
}, 120_000);
afterAll(async () => {
  await system?.stop();
  await place?.remove();
});

function sign(body: string): string {
  return `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`;
}

async function deliver(source: string, body: string, headers: Record<string, string> = {}): Promise<[number, string]> {
  const response = await fetch(`${system.url}/webhooks/${source}`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'pull_request',
      'x-github-delivery': '7d1f6a0e-0000-4000-8000-000000000001',
      'x-hub-signature-256': sign(body),
      ...headers,
    },
  });
  const answer: unknown = await response.json();
  return [response.status, JSON.stringify(answer)];
}

describe('deliveries that must not get in', () => {
  const deep = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
  test.each([
    ['a wrong signature', 'github', '{}', { 'x-hub-signature-256': sign('other') }, 401, 'UNAUTHORIZED'],
    ['no signature', 'github', '{}', { 'x-hub-signature-256': '' }, 401, 'UNAUTHORIZED'],
    ['an unknown source', 'gitlab', '{}', {}, 404, 'UNKNOWN_SOURCE'],
    ['malformed JSON', 'github', '{"action":', {}, 400, 'MALFORMED_JSON'],
    ['JSON that is no object', 'github', '[1]', {}, 400, 'MALFORMED_JSON'],
    ['JSON that is too deep', 'github', deep, {}, 400, 'PAYLOAD_TOO_DEEP'],
    ['an event GitHub does not have', 'github', '{}', { 'x-github-event': 'moon_phase' }, 400, 'UNKNOWN_EVENT'],
    ['a source without a secret', 'slack', '{}', {}, 503, 'SOURCE_NOT_CONFIGURED'],
  ])('%s', async (_name, source, body, headers, status, code) => {
    const [answered, text] = await deliver(source, body, headers);
    expect([answered, text]).toEqual([status, expect.stringContaining(code)]);
  });

  test('more than 25 MB', async () => {
    const [status, text] = await deliver('github', `"${'x'.repeat(26 * 1024 * 1024)}"`);
    expect([status, text]).toEqual([413, expect.stringContaining('PAYLOAD_TOO_LARGE')]);
  });

  test('none of them left a trace', async () => {
    expect(await continuum.reviews()).toEqual([]);
    expect(await continuum.messages('dev-updates')).toEqual([]);
  });
});

/** A work tree with one commit on `main`, and a second on top with the given changes. */
function repository(name: string, change: (folder: string, git: (...args: string[]) => void) => void): string {
  const folder = join(place.home, name);
  mkdirSync(folder, { recursive: true });
  const git = (...args: string[]): void => {
    const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'commit.gpgsign=false'];
    execFileSync('git', [...identity, ...args], { cwd: folder, stdio: 'ignore' });
  };
  git('init', '-b', 'main');
  writeFileSync(join(folder, 'a.js'), 'export const a = 1;\n');
  writeFileSync(join(folder, 'old.js'), 'export const old = 1;\nexport const same = 2;\nexport const three = 3;\n');
  git('add', '-A');
  git('commit', '-m', 'one');
  change(folder, git);
  git('add', '-A');
  git('commit', '-m', 'two', '--allow-empty');
  return folder;
}

const EVAL = 'module.exports = (req) => eval(req.query.code);\n';

describe('changes that are hard to read', () => {
  test('text that is no diff, and a range that does not exist', async () => {
    await expect(continuum.review({ patch: 'dear reviewer, ...' })).rejects.toMatchObject({ code: 'NOT_A_DIFF' });
    const folder = repository('range', () => undefined);
    const review = continuum.review({ repo: folder, base: 'no-such-branch', head: 'HEAD' });
    await expect(review).rejects.toMatchObject({ code: 'UNKNOWN_REVISION' });
    const option = continuum.review({ repo: folder, base: '--output=/tmp/continuum-owned', head: 'HEAD' });
    await expect(option).rejects.toMatchObject({ code: 'UNKNOWN_REVISION' });
    const nowhere = continuum.review({ repo: place.home, base: 'a', head: 'b' });
    await expect(nowhere).rejects.toMatchObject({ code: 'NOT_A_REPOSITORY' });
    expect(await continuum.reviews()).toEqual([]);
  });

  test('binary, CRLF, no final newline, a rename, a name that is not UTF-8: reviewed or named, never a crash', async () => {
    const folder = repository('odd', (at, git) => {
      writeFileSync(join(at, 'image.png'), Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3]));
      writeFileSync(join(at, 'crlf.js'), EVAL.replaceAll('\n', '\r\n'));
      writeFileSync(join(at, 'open.js'), EVAL.trimEnd());
      git('mv', 'old.js', 'new.js');
      writeFileSync(Buffer.concat([Buffer.from(`${at}/caf`), Buffer.from([0xe9]), Buffer.from('.js')]), EVAL);
    });
    const { review, findings } = await continuum.review({ repo: folder, base: 'HEAD~1', head: 'HEAD' });
    expect(review.status).toBe('done');
    expect(review.skipped).toContainEqual(expect.objectContaining({ path: 'image.png', reason: 'binary' }));
    expect(review.skipped.map(({ reason }) => reason)).toContain('unreadable-name');
    const posted = findings.filter(({ cwe }) => cwe === 'CWE-94' || cwe === 'CWE-95').map(({ path }) => path);
    expect([...new Set(posted)].sort()).toEqual(['crlf.js', 'open.js']);
  });

  test('a diff of 50,000 lines', async () => {
    const folder = repository('long', (at) => {
      const lines = Array.from({ length: 50_000 }, (_, line) => `export const value${line} = ${line};`);
      writeFileSync(join(at, 'long.js'), `${lines.join('\n')}\n`);
      writeFileSync(join(at, 'short.js'), EVAL);
    });
    const { review, findings } = await continuum.review({ repo: folder, base: 'HEAD~1', head: 'HEAD' });
    const isNamed = review.skipped.some(({ path }) => path === 'long.js');
    expect(isNamed || review.stats.addedLines > 50_000).toBe(true);
    expect(findings.some(({ path }) => path === 'short.js')).toBe(true);
  }, 60_000);

  test('configuration in the change configures nothing and runs nothing', async () => {
    const owned = join(place.home, 'owned');
    const folder = repository('hostile', (at, git) => {
      const touch = `require('fs').writeFileSync(${JSON.stringify(owned)}, '');`;
      writeFileSync(join(at, '.eslintrc.js'), `${touch}\nmodule.exports = { rules: {} };\n`);
      writeFileSync(join(at, 'eslint.config.js'), `${touch}\nmodule.exports = [];\n`);
      writeFileSync(join(at, '.npmrc'), `node-options=--require ${join(at, '.eslintrc.js')}\n`);
      writeFileSync(join(at, '.gitattributes'), '*.js diff=own filter=own\n');
      git('config', 'diff.own.textconv', `touch ${owned}`);
      git('config', 'diff.external', `touch ${owned}`);
      git('config', 'core.fsmonitor', `touch ${owned}`);
      writeFileSync(join(at, 'app.js'), `/* eslint-disable */\n${EVAL}`);
    });
    if (existsSync(owned)) execFileSync('rm', [owned]); // our own `git add` above may have triggered it
    const { findings } = await continuum.review({ repo: folder, base: 'HEAD~1', head: 'HEAD' });
    expect(existsSync(owned)).toBe(false);
    expect(findings.some(({ path, status }) => path === 'app.js' && status === 'posted')).toBe(true);
  });
});
