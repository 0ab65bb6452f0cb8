import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LessonRecord } from '@continuum/contract/lesson';
import { type FakeGithub, startFakeGithub } from '@continuum/testing/github/fake';
import { freshHome, launchSystem } from '@continuum/testing/system';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Runner } from './runner.ts';

const REPO = 'acme/shop';
const LESSONS = '.continuum/lessons.jsonl';
const SarifLog = z.object({
  runs: z.array(
    z.object({
      results: z.array(z.looseObject({ ruleId: z.string(), partialFingerprints: z.record(z.string(), z.string()) })),
    }),
  ),
});
let place: Awaited<ReturnType<typeof freshHome>>;
let github: FakeGithub;
let runner: Runner;

/** Code with a command injection, in a function of that name. */
function injection(name: string): string {
  return `const cp = require('child_process');\nmodule.exports.${name} = (req) => cp.exec('ls ' + req.query.dir);\n`;
}

type Files = Readonly<Record<string, string>>;

async function open(branch: string, files: Files, title = branch, repo = REPO): Promise<number> {
  await github.commit(repo, branch, files);
  return github.openPullRequest(repo, { head: branch, title, author: 'bob' });
}

const results = (sarif: unknown) => SarifLog.parse(sarif).runs.flatMap((run) => run.results);
const writes = () => github.requests.filter(({ method }) => method !== 'GET').length;

beforeAll(async () => {
  place = await freshHome();
  github = await startFakeGithub();
  await github.createRepo(REPO, { collaborators: { alice: 'write' }, files: { 'README.md': '# shop\n' } });
  runner = new Runner(github, place.home, REPO);
}, 60_000);
afterAll(async () => {
  await github?.stop();
  await place?.remove();
});

// Every step is a whole review: on a busy machine some of them take their time.
describe('the action', { timeout: 900_000 }, () => {
  test('comments on the line, sums up, and writes SARIF, outputs and the summary of the step', async () => {
    const pr = await open('first', { 'src/list.js': injection('list') });
    const step = await runner.onPullRequest(pr, { alone: true });
    expect(step).toMatchObject({ code: 0, err: '' });
    expect(step.outputs).toMatchObject({ findings: '1', posted: '1', lessons: '0', 'sarif-file': 'continuum.sarif' });
    expect(github.reviewComments(REPO, pr)).toEqual([
      expect.objectContaining({ path: 'src/list.js', line: 2, body: expect.stringContaining('CWE-78') }),
    ]);
    expect(github.issueComments(REPO, pr)).toHaveLength(1);
    expect(results(step.sarif)).toEqual([
      expect.objectContaining({ partialFingerprints: { 'continuum/v1': expect.any(String) } }),
    ]);
    expect(step.summary).toContain('### 1 finding');
  });

  test('run again says nothing twice, and after a push only what is new', async () => {
    const pr = await open('again', { 'src/again.js': injection('again') });
    await runner.onPullRequest(pr);
    const again = await runner.onPullRequest(pr);
    expect(again.outputs).toMatchObject({ findings: '1', posted: '0' });
    expect([github.reviewComments(REPO, pr).length, github.issueComments(REPO, pr).length]).toEqual([1, 1]);
    await github.push(REPO, pr, { 'src/more.js': injection('more') });
    const pushed = await runner.onPullRequest(pr);
    expect(pushed.outputs).toMatchObject({ findings: '2', posted: '1' });
    expect(github.reviewComments(REPO, pr).map(({ path }) => path)).toEqual(['src/again.js', 'src/more.js']);
    expect(github.issueComments(REPO, pr)).toHaveLength(1);
  });

  test('is not taught by the pull request that it reviews', async () => {
    const pr = await open('forging', { 'src/forging.js': injection('forging') });
    const before = await runner.onPullRequest(pr);
    const [result] = results(before.sarif);
    const fingerprint = result?.partialFingerprints['continuum/v1'];
    const facts = {
      ...{ language: 'javascript', pathClass: 'source', role: 'argument', origins: ['request'], guards: [] },
      ...{ sanitizers: [], enclosing: [], functionName: '', exported: true, callee: 'cp.exec', frameworks: [] },
    };
    const finding = { rule: result?.ruleId, category: 'security', severity: 'critical', confidence: 0.9, facts };
    const forged = LessonRecord.parse({
      ...{ v: 1, id: 'mem_forged', at: '2026-01-01T00:00:00Z', by: 'alice', kind: 'correction', verdict: 'decline' },
      ...{ reason: 'never say this', weight: 1, scope: '/', fingerprint, source: { kind: 'github' } },
      finding: { ...finding, path: 'src/forging.js', evidence: 'cp.exec' },
    });
    await github.push(REPO, pr, {
      [LESSONS]: `${JSON.stringify(forged)}\n`,
      '.continuum/recipes/review.json': '{ "this is": "no recipe" }',
    });
    const after = await runner.onPullRequest(pr);
    expect([after.code, after.err, after.outputs.findings, after.outputs.posted]).toEqual([0, '', '1', '0']);
  });

  test("posts nothing on a fork's pull request, and still writes SARIF, summary and annotations", async () => {
    const pr = await open('forked', {
      'src/forked.js': `${injection('forked')}module.exports.f = (r) => eval(r.body);\n`,
    });
    const before = writes();
    const step = await runner.onPullRequest(pr, {
      change: (payload) => {
        const { pull_request: pull } = z
          .looseObject({ pull_request: z.looseObject({ head: z.looseObject({}) }) })
          .parse(payload);
        return { ...payload, pull_request: { ...pull, head: { ...pull.head, repo: { full_name: 'mallory/shop' } } } };
      },
    });
    expect(step).toMatchObject({ code: 0, err: '' });
    expect(writes()).toBe(before);
    expect(results(step.sarif).length).toBe(Number(step.outputs.findings));
    expect(step.outputs).toMatchObject({ posted: '0' });
    expect(step.out).toMatch(/^::(?:error|warning) file=src\/forked\.js,line=\d,/m);
    expect(step.summary).toContain('src/forked.js');
  });

  test('fails only when asked to', async () => {
    const pr = await open('failing', { 'src/failing.js': `module.exports.f = (req) => eval(req.query.code);\n` });
    const never = await runner.onPullRequest(pr);
    expect([never.code, Number(never.outputs.high) + Number(never.outputs.critical)]).toEqual([0, 1]);
    expect((await runner.onPullRequest(pr, { alone: true, inputs: { FAIL_ON: 'high' } })).code).toBe(1);
  });

  test('asks the code host where the checkout is shallow, and says that nothing learned was used', async () => {
    const pr = await open('shallow', { 'src/shallow.js': injection('shallow') });
    await github.commit(REPO, 'main', { 'later.md': 'later\n' });
    // As actions/checkout leaves it by default: one commit, and no branch of the remote.
    const prepare = (cwd: string) => execFileSync('git', ['update-ref', '-d', 'refs/remotes/origin/main'], { cwd });
    const step = await runner.onPullRequest(pr, { depth: 1, prepare });
    expect(step.outputs).toMatchObject({ findings: '1', posted: '1' });
    expect(step.summary).toContain('fetch-depth');
    const without = await runner.onPullRequest(pr, { depth: 1, inputs: { TOKEN: '' } });
    expect([without.code, without.err]).toEqual([1, expect.stringContaining('fetch-depth: 0')]);
  });

  test('a title that looks like a command to the runner is only text', async () => {
    const title = '::add-mask::x\n::error::pwned\n$(touch /tmp/pwned)';
    const code = `module.exports.f = (req) => eval(req.query['\\n::stop-commands::x']);\n`;
    const pr = await open('hostile', { 'src/a,b::c.js': code }, title);
    const step = await runner.onPullRequest(pr, { alone: true, inputs: { COMMENT: 'false' } });
    const commands = step.out.split('\n').filter((line) => line.trimStart().startsWith('::'));
    expect(commands).toHaveLength(Number(step.outputs.findings));
    expect(commands[0]).toContain('file=src/a%2Cb%3A%3Ac.js,');
  });

  test('a link in the checkout leads none of its files elsewhere', async () => {
    const pr = await open('links', { 'src/links.js': injection('links') });
    const outside = join(place.home, 'outside');
    mkdirSync(outside, { recursive: true });
    const folder = await runner.onPullRequest(pr, {
      inputs: { SARIF_FILE: 'reports/out.sarif' },
      prepare: (workspace) => symlinkSync(outside, join(workspace, 'reports')),
    });
    expect([folder.code, folder.err]).toEqual([1, expect.stringContaining('leads out of the workspace')]);
    const victim = join(outside, 'victim');
    writeFileSync(victim, 'mine');
    const file = await runner.onPullRequest(pr, {
      prepare: (workspace) => symlinkSync(victim, join(workspace, 'continuum.sarif')),
    });
    expect([file.code, readFileSync(victim, 'utf8')]).toEqual([0, 'mine']);
    expect(results(file.sarif)).toHaveLength(1);
  });

  test('a comment event asks what the pull request is now; one on an issue is nothing to review', async () => {
    const pr = await open('comments', { 'src/comments.js': injection('comments') });
    const repository = { full_name: REPO };
    const step = await runner.run('issue_comment', { repository, issue: { number: pr, pull_request: {} } });
    expect(step.outputs).toMatchObject({ findings: '1', posted: '1' });
    const issue = await runner.run('issue_comment', { repository, issue: { number: 99 } });
    expect(issue).toMatchObject({ code: 0, outputs: { findings: '0' }, sarif: undefined });
  });

  test('reviews a push for code scanning, and comments nowhere', async () => {
    const before = await github.commit(REPO, 'main', { 'src/before.js': '1;\n' });
    const after = await github.commit(REPO, 'main', { 'src/pushed.js': injection('pushed') });
    const count = writes();
    const step = await runner.run('push', { repository: { full_name: REPO }, before, after });
    expect([results(step.sarif).length, writes()]).toEqual([1, count]);
  });

  test.each([
    ['pull_request_target', {}, 'FORBIDDEN'],
    ['workflow_dispatch', {}, 'INVALID_INPUT'],
    ['pull_request', { repository: 1 }, 'INVALID_INPUT'],
  ])('refuses %s', async (event, payload, code) => {
    expect(await runner.run(event, payload)).toMatchObject({ code: 1, err: expect.stringContaining(code) });
  });

  test('keeps the review when the code host refuses its comments', async () => {
    const pr = await open('refused', { 'src/refused.js': injection('refused') });
    github.failNext({ method: 'POST', path: /\/reviews$/, status: 403 });
    const step = await runner.onPullRequest(pr);
    expect(step).toMatchObject({ code: 0, outputs: { findings: '1', posted: '0' } });
    expect(step.summary).toContain('Nothing could be said on the pull request');
  });

  test('asks a server for the review where one is named', async () => {
    const home = join(place.home, 'server');
    const system = await launchSystem(home);
    try {
      const pr = await open('served', { 'src/served.js': injection('served') });
      const inputs = { SERVER_URL: system.url };
      const step = await runner.onPullRequest(pr, { inputs });
      expect(step.outputs).toMatchObject({ findings: '1', posted: '1' });
      expect((await runner.onPullRequest(pr, { inputs })).outputs).toMatchObject({ findings: '1', posted: '0' });
      const findings = await (await fetch(`${system.url}/api/v1/findings?repo=${REPO}`)).json();
      expect(findings).toHaveLength(2);
    } finally {
      await system.stop();
    }
  });
});

describe('learning', { timeout: 900_000 }, () => {
  test('an answer teaches, is written for people to commit, and what is committed holds elsewhere', async () => {
    const repo = 'acme/taught';
    await github.createRepo(repo, { collaborators: { alice: 'write' }, files: { 'README.md': '# taught\n' } });
    const here = new Runner(github, place.home, repo);
    const pr = await open('teach', { 'tools/show.js': injection('show') }, 'teach', repo);
    await here.onPullRequest(pr);
    const [comment] = github.reviewComments(repo, pr);
    const reason = 'This is wrong: an internal tool, only we run it ourselves.';
    const event = 'pull_request_review_comment';
    await github.reply(repo, pr, comment?.id ?? 0, 'mallory', reason);
    const byStranger = await here.onPullRequest(pr, { event });
    expect(byStranger.outputs).toMatchObject({ findings: '1', lessons: '0', 'lessons-file': '' });
    await github.reply(repo, pr, comment?.id ?? 0, 'alice', reason);
    const taught = await here.onPullRequest(pr, { event });
    expect(taught.outputs).toMatchObject({ findings: '0', posted: '0', lessons: '1', 'lessons-file': LESSONS });
    expect(taught.summary).toContain('to keep it');
    const lessons = readFileSync(join(here.workspace, LESSONS), 'utf8');
    expect(JSON.parse(lessons)).toMatchObject({ by: 'alice', verdict: 'decline', reason });

    await github.commit(repo, 'main', { [LESSONS]: lessons });
    const again = await here.onPullRequest(pr, { event });
    expect(again.outputs).toMatchObject({ findings: '0', lessons: '0' });
    const other = await open('elsewhere', { 'tools/tree.js': injection('tree') }, 'elsewhere', repo);
    const held = await here.onPullRequest(other);
    expect(held.outputs).toMatchObject({ findings: '0', posted: '0', lessons: '0' });
    expect(held.summary).toContain('alice');
  });
});
