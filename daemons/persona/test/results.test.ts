import type { Finding } from '@continuum/contract/finding';
import { EventId, newId } from '@continuum/contract/ids';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { threadMessageId } from '../src/identity.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { injection, type PersonaSystem, REPO, startPersonas } from './system.ts';

// Whole reviews on a machine that others use too.
vi.setConfig({ testTimeout: 120_000 });

let system: PersonaSystem;
let ci: Receiver;
let last = 0;

beforeAll(async () => {
  system = await startPersonas();
  ci = await startReceiver(system.runtime);
}, 120_000);
afterAll(async () => {
  await ci?.close();
  await system?.close();
});

interface Problem {
  readonly ruleId: string;
  readonly line: number;
  readonly severity?: 1 | 2;
}

const report = (path: string, problems: readonly Problem[]) => [
  {
    filePath: `/home/runner/work/shop/shop/${path}`,
    messages: problems.map(({ ruleId, line, severity = 2 }) => ({
      ...{ ruleId, severity, line, column: 1, endLine: line, endColumn: 9, message: `${ruleId} was broken.` },
    })),
  },
];

/** A job of that pull request's head tells what ESLint found. */
async function eslint(pr: number, path: string, problems: readonly Problem[], more: object = {}): Promise<void> {
  const run = {
    repo: REPO,
    pr,
    head: system.github.headOf(REPO, pr),
    format: 'eslint',
    results: report(path, problems),
  };
  last += 1;
  expect(await ci.results(`job-${last}`, { ...run, ...more })).toBe(202);
  await system.settled();
}

const ofCi = async (pr: number): Promise<Finding[]> =>
  (await system.findings(pr)).filter(({ claimedBy }) => claimedBy.includes('ci-eslint'));
const thread = (pr: number) => system.runtime.store.rooms.thread(threadMessageId(`${REPO}#${pr}`));
const comments = (pr: number) =>
  system.github.reviewComments(REPO, pr).map(({ path, line, body }) => ({ path, line, body }));

const PLAIN = 'export const total = (items) => items.length;\nexport const x = y;\n';

describe('what a tool in CI found', () => {
  test('is a finding like any other: judged, in the thread of its pull request, on its line', async () => {
    const pr = await system.open('ci-plain', { 'src/plain.js': PLAIN });
    await eslint(pr, 'src/plain.js', [{ ruleId: 'no-undef', line: 2 }]);
    const [finding, ...others] = await ofCi(pr);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      ...{ rule: 'eslint/no-undef', path: 'src/plain.js', line: 2, status: 'posted', evidence: 'export const x = y;' },
      ...{ persona: 'code-review-ai', category: 'correctness' },
    });
    expect(finding?.judgement.why.length).toBeGreaterThan(1);
    expect(comments(pr)).toMatchObject([{ path: 'src/plain.js', line: 2 }]);
    expect(finding?.externalId).toBeDefined();
    expect((await thread(pr)).map(({ findingId }) => findingId)).toContain(finding?.id);
  });

  test('on a line that the change did not touch is nobody’s news', async () => {
    await system.github.commit(REPO, 'main', { 'src/old.js': 'one();\ntwo();\nthree();\n' });
    const pr = await system.open('ci-old', { 'src/old.js': 'one();\ntwo();\nthree();\nfour();\n' });
    await eslint(pr, 'src/old.js', [
      { ruleId: 'no-undef', line: 1 },
      { ruleId: 'no-undef', line: 4 },
    ]);
    expect((await ofCi(pr)).map(({ line }) => line)).toEqual([4]);
  });

  test('sent again, or by a second job, is told once; what another job found besides is told too', async () => {
    const pr = await system.open('ci-again', { 'src/again-ci.js': PLAIN, 'src/other-ci.js': PLAIN });
    const found = [{ ruleId: 'no-undef', line: 2 }];
    await eslint(pr, 'src/again-ci.js', found);
    await eslint(pr, 'src/again-ci.js', found);
    await eslint(pr, 'src/other-ci.js', found);
    const posted = (await ofCi(pr)).filter(({ status }) => status === 'posted');
    expect(posted.map(({ path }) => path).sort()).toEqual(['src/again-ci.js', 'src/other-ci.js']);
    expect(comments(pr)).toHaveLength(2);
  });

  test('about a commit that is not the head any more is passed over', async () => {
    const pr = await system.open('ci-late', { 'src/late-ci.js': PLAIN });
    const head = system.github.headOf(REPO, pr);
    await system.github.push(REPO, pr, { 'src/late-ci.js': `\n\n${PLAIN}` });
    await system.settled();
    await eslint(pr, 'src/late-ci.js', [{ ruleId: 'no-undef', line: 2 }], { head });
    expect(await ofCi(pr)).toEqual([]);
    expect((await thread(pr)).filter(({ source }) => source.kind === 'ci')).toEqual([]);
  });

  test('a warning is kept, with its reasons, until the team says that it wants such', async () => {
    const pr = await system.open('ci-warn', { 'src/warn.js': PLAIN });
    await eslint(pr, 'src/warn.js', [{ ruleId: 'prefer-named', line: 1, severity: 1 }]);
    expect(await ofCi(pr)).toMatchObject([{ status: 'withheld', severity: 'low', category: 'maintainability' }]);
    expect(comments(pr)).toEqual([]);
  });

  test('that we found ourselves is not told again', async () => {
    const pr = await system.open('ci-same', { 'src/same.js': injection('same') });
    const before = comments(pr);
    expect(before).toHaveLength(1);
    const location = { artifactLocation: { uri: 'src/same.js' }, region: { startLine: 2 } };
    const rule = { id: 'node-exec', properties: { tags: ['security', 'CWE-78'], 'security-severity': '9.1' } };
    const result = { ruleId: 'node-exec', message: { text: 'exec with a request' }, level: 'error' };
    const results = {
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'Semgrep', rules: [rule] } },
          results: [{ ...result, locations: [{ physicalLocation: location }] }],
        },
      ],
    };
    await ci.results('semgrep', { repo: REPO, pr, head: system.github.headOf(REPO, pr), format: 'sarif', results });
    await system.settled();
    expect(comments(pr)).toEqual(before);
    const semgrep = (await system.findings(pr)).filter(({ rule: name }) => name === 'semgrep/node-exec');
    expect(semgrep).toMatchObject([{ status: 'withheld', withheldBecause: 'duplicate', cwe: 'CWE-78' }]);
  });

  test('stays open while its code stands, though our own reviews do not see it, and is addressed with it', async () => {
    const pr = await system.open('ci-stands', { 'src/stands.js': PLAIN });
    await eslint(pr, 'src/stands.js', [{ ruleId: 'no-undef', line: 2 }]);
    await system.github.push(REPO, pr, { 'src/stands.js': `${PLAIN}\nexport const more = 1;\n` });
    await system.settled();
    expect((await ofCi(pr)).map(({ status }) => status)).toEqual(['posted']);
    await system.github.push(REPO, pr, { 'src/stands.js': 'export const total = (items) => items.length;\n' });
    await system.settled();
    expect((await ofCi(pr)).map(({ status }) => status)).toEqual(['addressed']);
  });

  test('on a branch without a pull request is told in a thread of its own', async () => {
    const run = {
      repo: REPO,
      head: 'abcdef1234567',
      format: 'eslint',
      results: report('src/m.js', [{ ruleId: 'no-undef', line: 2 }]),
    };
    await ci.results('branch', run);
    await system.settled();
    const [review] = (await system.runtime.store.reviews.list({ repo: REPO })).filter(({ head }) => head === run.head);
    expect(review).toMatchObject({ trigger: 'ci', status: 'done', stats: { posted: 1 } });
  });
});

describe('a failure', () => {
  const told = async (pr: number) =>
    (await thread(pr)).filter(({ source }) => source.kind === 'ci').map(({ text }) => text);

  test('is told in the thread of the pull request, once a commit', async () => {
    const pr = await system.open('ci-fails', { 'src/fails.js': PLAIN });
    const head = system.github.headOf(REPO, pr).slice(0, 7);
    await eslint(pr, 'src/fails.js', [{ ruleId: 'no-undef', line: 2 }], { url: 'https://ci.test/1' });
    await eslint(pr, 'src/fails.js', [{ ruleId: 'no-undef', line: 1 }]);
    expect(await told(pr)).toEqual([
      `[eslint](https://ci.test/1) failed on \`${head}\` of acme/shop \\#${pr}: 1 result, 1 posted as findings.`.replace(
        '\\#',
        '#\u200B',
      ),
    ]);
  });

  const check = async (pr: number, change: object, event = 'check_run') => {
    const run = {
      ...{ id: 1, name: 'build', head_sha: system.github.headOf(REPO, pr), status: 'completed', conclusion: 'failure' },
      ...{ html_url: 'https://github.test/runs/1', pull_requests: [{ number: pr }], head_branch: 'x' },
      ...{ updated_at: '2026-03-01T12:00:00Z', ...change },
    };
    const payload = { action: 'completed', [event]: run, repository: { full_name: REPO }, sender: { login: 'github' } };
    const name = event === 'check_run' ? 'webhook:github:check_run' : 'webhook:github:workflow_run';
    await system.runtime.bus.emit(
      name,
      { deliveryId: newId('d'), event, payload },
      { id: EventId.parse(newId('evt')) },
    );
    await system.settled();
  };

  test('of a check on GitHub is told once, run again or not; what passed and our own check say nothing', async () => {
    const pr = await system.open('check-fails', { 'src/check.js': PLAIN });
    await check(pr, { conclusion: 'success' });
    await check(pr, { name: 'Continuum' });
    await check(pr, { name: 'CI', conclusion: 'failure' }, 'workflow_run');
    expect(await told(pr)).toEqual([]);
    await check(pr, {});
    await check(pr, { id: 2 });
    // GitHub names no pull requests of forks.
    await check(pr, { name: 'test (fork)', pull_requests: [] });
    await check(pr, { name: 'CI', conclusion: 'startup_failure' }, 'workflow_run');
    const texts = await told(pr);
    expect(texts.map((text) => /^\[(.+?)\]\(/.exec(text)?.[1])).toEqual(['build', 'test (fork)', 'CI']);
  });
});
