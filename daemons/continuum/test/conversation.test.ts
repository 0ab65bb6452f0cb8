import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MessageView } from '@continuum/contract/http';
import { ContinuumClient } from '@continuum/sdk/client';
import { freshHome, type LaunchedSystem, launchSystem } from '@continuum/testing/system';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

const ROOM = 'dev-updates';
const REASON = 'The listing tool only runs on the laptop of the release captain.';
const LIST = `const cp = require('child_process');

module.exports.list = (req) => cp.exec('ls ' + req.query.dir);
`;
const SESSION = `function requireSession(request, response) {
  const session = sessions.get(request.cookies.sid);
  if (session === undefined || session.expired) return response.status(401).end('auth');
  return session;
}
`;

let place: Awaited<ReturnType<typeof freshHome>>;
let system: LaunchedSystem;
let continuum: ContinuumClient;

/** Says something and resolves with the answers to it. */
async function say(text: string, replyTo?: MessageView['id']): Promise<MessageView[]> {
  const said = await continuum.say(ROOM, { author: 'ada', text, ...(replyTo === undefined ? {} : { replyTo }) });
  return vi.waitFor(
    async () => {
      const answers = (await continuum.thread(said.id)).filter((message) => message.replyTo === said.id);
      expect(answers).not.toEqual([]);
      return answers;
    },
    { timeout: 20_000, interval: 100 },
  );
}

beforeAll(async () => {
  place = await freshHome();
  system = await launchSystem(place.home);
  continuum = new ContinuumClient({ url: system.url, client: 'cli' });
  const folder = join(place.home, 'work');
  mkdirSync(folder);
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: folder,
      stdio: 'ignore',
    });
  git('init', '-b', 'main');
  const commit = (files: Record<string, string>) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    git('add', '-A');
    git('commit', '-m', 'change');
  };
  commit({ 'README.md': '# work\n' });
  commit({ 'list.js': LIST, 'session.js': SESSION });
  await continuum.review({ repo: folder, base: 'HEAD~1', head: 'HEAD' });
}, 120_000);
afterAll(async () => {
  await system?.stop();
  await place?.remove();
});

describe('a whole system, asked', () => {
  test('answers from a correction as soon as it was given, and after it was killed', async () => {
    expect(await continuum.ask({ question: 'who runs the listing tool?' })).toMatchObject({ known: false });
    const [finding] = (await continuum.findings()).filter(
      ({ path, status }) => path === 'list.js' && status === 'posted',
    );
    if (finding === undefined) throw new Error('the injection is not found');
    await continuum.feedback({
      findingId: finding.id,
      kind: 'correction',
      value: 'wrong',
      author: 'ada',
      reason: REASON,
    });
    const known = await continuum.ask({ question: 'who runs the listing tool?' });
    expect(known).toMatchObject({ known: true, evidence: [{ kind: 'correction', author: 'ada', path: 'list.js' }] });
    expect(known.text).toContain(REASON);
    await system.kill();
    system = await launchSystem(place.home);
    continuum = new ContinuumClient({ url: system.url, client: 'cli' });
    const [answer] = await say('@continuum who runs the listing tool?');
    expect(answer?.author.kind).toBe('persona');
    expect(answer?.text).toContain(REASON);
  }, 90_000);

  test('answers from the code of a repository that it has reviewed', async () => {
    const [answer] = await say('@security-ai where does auth return 401 for an expired session?');
    expect(answer?.text).toContain('session.js');
    expect(answer?.text).toContain('response.status(401)');
  });

  test('a persona enters a scope by name, says what was loaded, and leaves it', async () => {
    const [entered] = await say('@continuum scope enter /security security-ai');
    expect(entered?.text).toMatch(
      /\*\*Security AI\*\* entered `\/security\/`: \d+ corrections? of it and above it `\/`/,
    );
    const [deeper] = await say('@security-ai scope enter security/auth');
    expect(deeper?.text).toContain('entered `/security/auth/`');
    expect(deeper?.text).toContain('`/security/`, `/`');
    const [left] = await say('@continuum scope leave security-ai');
    expect(left?.text).toContain('left its scope');
    const [nowhere] = await say('@continuum scope enter /moon');
    expect(nowhere?.text).toContain('there is no scope');
    expect(nowhere?.text).toContain('/security/auth/');
    const [nobody] = await say('@continuum scope enter /security hal-9000');
    expect(nobody?.text).toContain('there is no persona');
  });
});
