import { ContinuumError } from '@continuum/contract/errors';
import { FindingId } from '@continuum/contract/ids';
import type { CodeHost, ReviewComment } from '@continuum/contract/ports/code-host';
import { type FakeGithub, startFakeGithub } from '@continuum/testing/github/fake';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createGithubHost } from '../src/code-host.ts';

const REPO = 'acme/shop';
const BASE = { 'src/a.js': 'one\ntwo\nthree\n', 'src/old.js': 'const a = 1;\nconst b = 2;\n', 'gone.txt': 'bye\n' };

let fake: FakeGithub;
let host: CodeHost;
let pr: number;
let branch = 0;

beforeAll(async () => {
  fake = await startFakeGithub();
  await fake.createRepo(REPO, { collaborators: { alice: 'write', rita: 'triage' }, files: BASE });
  host = createGithubHost({ apiUrl: fake.url, token: fake.token, throttle: false });
  await openPull();
});
afterAll(() => fake.stop());
beforeEach(() => fake.clearFaults());

async function openPull(): Promise<void> {
  branch += 1;
  await fake.commit(REPO, `b${branch}`, { 'src/a.js': 'one\n2\nthree\nfour\n' });
  pr = await fake.openPullRequest(REPO, { head: `b${branch}`, title: 'Change a', author: 'alice' });
}

const finding = (line: number, extra: Partial<ReviewComment> = {}): ReviewComment => ({
  findingId: FindingId.parse(`f-${line}-${extra.path ?? 'a'}`),
  path: 'src/a.js',
  line,
  body: `Look at line ${line}`,
  ...extra,
});
const review = (key: string, comments: readonly ReviewComment[]) => ({
  ...{ repo: REPO, pr, key, commit: fake.headOf(REPO, pr), body: 'Two things.', comments },
});
const failure = (work: Promise<unknown>): Promise<ContinuumError> =>
  work.then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => (error instanceof ContinuumError ? error : expect.unreachable(String(error))),
  );

describe('reading', () => {
  beforeEach(openPull);

  test('a pull request', async () => {
    expect(await host.pullRequest({ repo: REPO, pr })).toMatchObject({
      ...{ repo: REPO, pr, title: 'Change a', author: 'alice', draft: false, state: 'open' },
      headSha: fake.headOf(REPO, pr),
    });
  });

  test('after a failure nothing more is asked', async () => {
    const many = Array.from({ length: 60 }, (_, index) => [`many/${index}.js`, `${index}\n`] as const);
    await fake.push(REPO, pr, Object.fromEntries(many));
    const blobs = () => fake.requests.filter(({ path }) => path.includes('/git/blobs/')).length;
    const before = blobs();
    fake.failNext({ path: /\/git\/blobs\//, status: 503 });
    expect(await failure(host.changeSet({ repo: REPO, pr }))).toMatchObject({ retryable: true });
    // Whoever goes on would show while these are answered.
    for (let asked = 0; asked < 15; asked += 1) await host.pullRequest({ repo: REPO, pr });
    expect(blobs() - before).toBeLessThan(20);
  });

  test('a change set with an added, a changed, a renamed and a removed file', async () => {
    await fake.push(REPO, pr, {
      'new.js': 'fresh\n',
      'gone.txt': null,
      'src/old.js': null,
      'src/moved.js': BASE['src/old.js'],
    });
    const change = await host.changeSet({ repo: REPO, pr });
    const files = new Map(change.files.map((file) => [file.path, file]));
    expect(change).toMatchObject({ repo: REPO, pr, title: 'Change a', head: fake.headOf(REPO, pr), skipped: [] });
    expect(files.get('new.js')).toMatchObject({ status: 'added', content: 'fresh\n', complete: true });
    expect(files.get('gone.txt')).toMatchObject({ status: 'deleted', content: null });
    expect(files.get('src/moved.js')).toMatchObject({ status: 'renamed', previousPath: 'src/old.js', hunks: [] });
    expect(files.get('src/a.js')?.hunks[0]?.lines.map((line) => [line.kind, line.newLine, line.text])).toEqual([
      ['context', 1, 'one'],
      ['delete', undefined, 'two'],
      ['add', 2, '2'],
      ['context', 3, 'three'],
      ['add', 4, 'four'],
    ]);
  });

  test('every file that cannot be reviewed is named with its reason', async () => {
    await fake.push(REPO, pr, {
      'logo.png': Uint8Array.from([137, 80, 78, 71, 0, 0, 1]),
      'latin1.js': Uint8Array.from([118, 97, 114, 32, 233, 10]),
      'huge.txt': `${'x'.repeat(999)}\n`.repeat(1100),
      'vendor/lib': { submodule: '1'.repeat(40) },
      'empty.js': '',
      'no-newline.js': 'last line',
      'crlf.js': 'a\r\nb\r\n',
    });
    const change = await host.changeSet({ repo: REPO, pr });
    expect(Object.fromEntries(change.skipped.map(({ path, reason }) => [path, reason]))).toEqual({
      'logo.png': 'binary',
      'latin1.js': 'not-utf8',
      'huge.txt': 'too-large',
      'vendor/lib': 'submodule',
    });
    const content = (path: string) => change.files.find((file) => file.path === path)?.content;
    expect([content('empty.js'), content('no-newline.js'), content('crlf.js')]).toEqual([
      '',
      'last line',
      'a\r\nb\r\n',
    ]);
  });

  test('more files than one page holds', async () => {
    const names = Array.from({ length: 105 }, (_, index) => `many/${String(index).padStart(3, '0')}.js`);
    await fake.push(REPO, pr, Object.fromEntries(names.map((name) => [name, `// ${name}\n`])));
    const change = await host.changeSet({ repo: REPO, pr });
    expect(change.files.map((file) => file.path)).toEqual([...names, 'src/a.js']);
    expect(change.files[104]?.content).toBe('// many/104.js\n');
  });

  test('a file whose diff GitHub does not show is named: too big, or switched off by attributes of the pull request', async () => {
    const entry = { sha: 'a'.repeat(40), status: 'modified', additions: 0, deletions: 0, changes: 0 };
    const listed = [
      { ...entry, filename: 'hidden.js' },
      { ...entry, filename: 'bundle.js', additions: 30_000, changes: 30_000 },
      { ...entry, filename: 'damaged.js', patch: '@@ -1 +1 @@\n+too\n+many\n+lines' },
      { ...entry, filename: 'bad\uFFFDname.js', patch: '@@ -0,0 +1 @@\n+x' },
    ];
    fake.failNext({ path: /files$/, status: 200, body: listed });
    const change = await host.changeSet({ repo: REPO, pr });
    expect(change.files).toEqual([]);
    expect(change.skipped.map(({ path, reason }) => [path, reason])).toEqual([
      ['hidden.js', 'binary'],
      ['bundle.js', 'too-large'],
      ['damaged.js', 'too-large'],
      ['bad\uFFFDname.js', 'unreadable-name'],
    ]);
  });
});

describe('permission', () => {
  test('follows the repository, is none for unknown people, and is asked once', async () => {
    const asked = () => fake.requests.filter((request) => request.path.endsWith('/permission')).length;
    expect(await host.permission(REPO, 'alice')).toBe('write');
    expect(await host.permission(REPO, 'rita')).toBe('read');
    expect(await host.permission(REPO, 'acme')).toBe('admin');
    expect(await host.permission(REPO, 'nobody-here')).toBe('none');
    const before = asked();
    expect(await host.permission(REPO, 'Alice')).toBe('write');
    expect(asked()).toBe(before);
  });
});

describe('publishReview', () => {
  beforeEach(openPull);

  test('puts findings on their lines, with a committable suggestion, and says which comment is whose', async () => {
    const suggestion = { startLine: 2, endLine: 3, replacement: 'two();\n```\nthree();\n' };
    const answer = await host.publishReview(review('r1', [finding(4), finding(2, { suggestion })]));
    const stored = fake.reviewComments(REPO, pr);
    expect(stored.map(({ path, line, startLine, side }) => ({ path, line, startLine, side }))).toEqual([
      { path: 'src/a.js', line: 4, startLine: null, side: 'RIGHT' },
      { path: 'src/a.js', line: 3, startLine: 2, side: 'RIGHT' },
    ]);
    expect(stored[1]?.body).toContain('````suggestion\ntwo();\n```\nthree();\n````');
    expect(answer.comments).toEqual([
      {
        findingId: 'f-4-a',
        externalId: String(stored[0]?.id),
        url: expect.stringContaining(`#discussion_r${stored[0]?.id}`),
      },
      {
        findingId: 'f-2-a',
        externalId: String(stored[1]?.id),
        url: expect.stringContaining(`#discussion_r${stored[1]?.id}`),
      },
    ]);
    expect(fake.reviews(REPO, pr)[0]).toMatchObject({ author: fake.bot, state: 'COMMENTED' });
  });

  test('a finding off the diff goes to its file, and one of another file into the body, never lost', async () => {
    const suggestion = { startLine: 90, endLine: 90, replacement: 'better();' };
    const away = [finding(90, { suggestion }), finding(1, { path: 'src/old.js' })];
    const answer = await host.publishReview(review('r2', [finding(2), ...away]));
    const [onFile, onLine] = fake.reviewComments(REPO, pr);
    expect([onFile?.line, onFile?.originalLine, onLine?.line]).toEqual([null, null, 2]);
    expect(onFile?.body).toContain('**`src/a.js` line 90**\n\nLook at line 90');
    expect(onFile?.body).toContain('Suggested for line 90:\n\n```\nbetter();\n```');
    const ours = fake.reviews(REPO, pr).find(({ id }) => String(id) === answer.externalId);
    expect(ours?.body).toContain('**`src/old.js` line 1**');
    expect(ours?.body).not.toContain('Look at line 90');
    expect(answer.comments).toMatchObject([
      { findingId: 'f-2-a', externalId: String(onLine?.id) },
      { findingId: 'f-90-a', externalId: String(onFile?.id) },
      { findingId: 'f-1-src/old.js', externalId: `review:${answer.externalId}` },
    ]);
  });

  test('a force push between review and comment loses nothing: lines that are gone go to their file', async () => {
    const input = review('r12', [finding(4), finding(2)]);
    await fake.forcePush(REPO, pr, { 'src/a.js': 'one\ntwo\n' });
    const { comments } = await host.publishReview(input);
    expect(comments.map(({ findingId }) => findingId).sort()).toEqual(['f-2-a', 'f-4-a']);
    const bodies = fake.reviewComments(REPO, pr).map(({ body, line }) => [body.split('\n').at(0), line]);
    // GitHub takes no line of a commit that is gone.
    expect(bodies).toEqual([
      ['**`src/a.js` line 4**', null],
      ['**`src/a.js` line 2**', null],
    ]);
  });

  test.each([
    ['the comment on a file', /pulls\/\d+\/comments$/],
    ['the review', /reviews$/],
  ])('nothing is doubled when the answer about %s was lost', async (_, path) => {
    const input = review('r13', [finding(90), finding(2)]);
    fake.failNext({ method: 'POST', path, afterEffect: true });
    expect((await failure(host.publishReview(input))).retryable).toBe(true);
    const answer = await host.publishReview(input);
    expect(await host.publishReview(input)).toEqual(answer);
    expect(fake.reviewComments(REPO, pr)).toHaveLength(2);
    expect(fake.reviews(REPO, pr).filter(({ body }) => body !== '')).toHaveLength(1);
    expect(answer.comments.every(({ externalId }) => !externalId.startsWith('review:'))).toBe(true);
  });

  test('a range stays a range inside its hunk and becomes a line when it leaves it', async () => {
    await host.publishReview(review('r8', [finding(3, { startLine: 2 }), finding(4, { startLine: 4 })]));
    await fake.push(REPO, pr, { 'src/wide.js': 'x\n', 'src/old.js': null });
    await host.publishReview(review('r9', [finding(4, { startLine: 0 }), finding(2, { startLine: 3 })]));
    const ranges = fake.reviewComments(REPO, pr).map(({ startLine, line }) => [startLine, line]);
    expect(ranges).toEqual([
      [2, 3],
      [null, 4],
      [null, 4],
      [null, 2],
    ]);
  });

  test('when GitHub refuses a suggestion, the finding keeps its line and shows the suggestion', async () => {
    const suggestion = { startLine: 2, endLine: 3, replacement: 'better\n' };
    fake.failNext({ method: 'POST', path: /reviews$/, status: 422 });
    const answer = await host.publishReview(review('r10', [finding(2, { suggestion })]));
    const [stored] = fake.reviewComments(REPO, pr);
    expect(stored).toMatchObject({ line: 2, startLine: null });
    expect(stored?.body).toContain('Suggested for lines 2-3:\n\n```\nbetter\n```');
    expect(answer.comments).toMatchObject([{ externalId: String(stored?.id) }]);
  });

  test('a token that may not ask who it is still writes once', async () => {
    const anonymous = createGithubHost({ apiUrl: fake.url, token: fake.token, throttle: false });
    fake.failNext({ path: /^\/user$/, status: 403 });
    await anonymous.publishReview(review('r11', [finding(2)]));
    await anonymous.publishReview(review('r11', [finding(2)]));
    expect(fake.reviews(REPO, pr)).toHaveLength(1);
  });

  test('what GitHub refuses inline goes to the file, and what it refuses there into the body', async () => {
    fake.failNext({ method: 'POST', path: /reviews$/, status: 422, times: 2 });
    fake.failNext({ method: 'POST', path: /pulls\/\d+\/comments$/, status: 422 });
    const answer = await host.publishReview(review('r3', [finding(2), finding(4)]));
    expect(fake.reviewComments(REPO, pr).map(({ line, body }) => [line, body.includes('Look at line 4')])).toEqual([
      [null, true],
    ]);
    const body = fake.reviews(REPO, pr).find(({ id }) => String(id) === answer.externalId)?.body;
    expect(body).toContain('Look at line 2');
    expect(body).not.toContain('Look at line 4');
    expect(answer.comments.map(({ externalId }) => externalId.startsWith('review:'))).toEqual([false, true]);
  });

  test('twice with one key is one review, also when the first answer was lost', async () => {
    const input = review('r4', [finding(2)]);
    fake.failNext({ method: 'POST', path: /reviews$/, afterEffect: true });
    const lost = await failure(host.publishReview(input));
    expect([lost.code, lost.retryable]).toEqual(['CODE_HOST_UNAVAILABLE', true]);
    const again = await host.publishReview(input);
    expect(await host.publishReview(input)).toEqual(again);
    expect(fake.reviews(REPO, pr)).toHaveLength(1);
    expect(again.comments).toHaveLength(1);
    await host.publishReview({ ...input, key: 'r5' });
    expect(fake.reviews(REPO, pr)).toHaveLength(2);
  });

  test("somebody else's copy of our marker silences nothing", async () => {
    await fake.submitReview(REPO, pr, 'mallory', 'haha\n\n<!-- continuum:r6 -->');
    await host.publishReview(review('r6', [finding(2)]));
    expect(fake.reviews(REPO, pr).map((one) => one.author)).toEqual(['mallory', fake.bot]);
  });

  test('a body beyond the limit is cut and says so', async () => {
    await host.publishReview({ ...review('r7', []), body: `${'word '.repeat(20_000)}` });
    const body = fake.reviews(REPO, pr)[0]?.body ?? '';
    expect(body.length).toBeLessThanOrEqual(65_536);
    expect(body).toMatch(/_\(cut: .*\)_\n\n<!-- continuum:r7 -->$/);
  });
});

describe('comments', () => {
  beforeEach(openPull);

  test('one summary, updated in place', async () => {
    const first = await host.upsertSummary({ repo: REPO, pr, key: 's1', body: 'Round one' });
    const second = await host.upsertSummary({ repo: REPO, pr, key: 's2', body: 'Round two' });
    expect(second).toEqual(first);
    expect(fake.issueComments(REPO, pr).map((comment) => comment.body)).toEqual([
      'Round two\n\n<!-- continuum:summary -->',
    ]);
  });

  test('answers stay in the review thread, also to an answer, once per key', async () => {
    const top = await fake.reviewComment(REPO, pr, 'alice', { path: 'src/a.js', line: 2, body: 'why?' });
    const below = await fake.reply(REPO, pr, top, 'alice', 'really, why?');
    const input = { repo: REPO, pr, key: 'c1', body: 'Because.', inReplyTo: String(below) };
    fake.failNext({ method: 'POST', path: /replies$/, afterEffect: true });
    await failure(host.comment(input));
    const posted = await host.comment(input);
    const ours = fake.reviewComments(REPO, pr).filter((comment) => comment.author === fake.bot);
    expect(ours.map(({ id, inReplyTo }) => [String(id), inReplyTo])).toEqual([[posted.externalId, top]]);
  });

  test('an answer to a plain comment is a plain comment, once per key', async () => {
    const id = await fake.issueComment(REPO, pr, 'alice', 'ship it?');
    const input = { repo: REPO, pr, key: 'c2', body: 'Yes.', inReplyTo: String(id) };
    const first = await host.comment(input);
    expect(await host.comment(input)).toEqual(first);
    expect(fake.issueComments(REPO, pr)).toHaveLength(2);
  });
});

describe('failures', () => {
  test.each([
    [500, {}, 'CODE_HOST_UNAVAILABLE', undefined],
    [502, { 'retry-after': '7' }, 'CODE_HOST_UNAVAILABLE', 7000],
    [429, { 'retry-after': '3' }, 'CODE_HOST_UNAVAILABLE', 3000],
    [403, { 'retry-after': '60' }, 'CODE_HOST_UNAVAILABLE', 60_000],
    [403, {}, 'CODE_HOST_REJECTED', undefined],
    [401, {}, 'CODE_HOST_REJECTED', undefined],
    [404, {}, 'CODE_HOST_REJECTED', undefined],
  ])('%i %j becomes %s', async (status, headers, code, retryAfterMs) => {
    fake.failNext({ path: /pulls\/\d+$/, status, headers });
    const error = await failure(host.pullRequest({ repo: REPO, pr }));
    expect({ code: error.code, retryAfterMs: error.retryAfterMs, retryable: error.retryable }).toEqual({
      ...{ code, retryAfterMs, retryable: code === 'CODE_HOST_UNAVAILABLE' },
    });
    expect(error.next).toBeTruthy();
  });

  test('a primary rate limit says when it ends', async () => {
    const reset = Math.ceil(Date.now() / 1000) + 30;
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(reset) };
    fake.failNext({ path: /pulls\/\d+$/, status: 403, headers });
    const error = await failure(host.pullRequest({ repo: REPO, pr }));
    expect(error.retryAfterMs).toBeGreaterThan(20_000);
    expect(error.retryAfterMs).toBeLessThanOrEqual(31_000);
  });

  test('with throttling on, a limit comes through at once with its time', async () => {
    const throttled = createGithubHost({ apiUrl: fake.url, token: fake.token });
    const body = { message: 'You have exceeded a secondary rate limit' };
    fake.failNext({ path: /pulls\/\d+$/, status: 403, headers: { 'retry-after': '42' }, body });
    const error = await failure(throttled.pullRequest({ repo: REPO, pr }));
    expect([error.code, error.retryAfterMs]).toEqual(['CODE_HOST_UNAVAILABLE', 42_000]);
  });

  test('an answer that broke off is no answer', async () => {
    fake.failNext({ path: /reviews$/, status: 200, body: '[{"id":' });
    const error = await failure(host.publishReview(review('torn', [])));
    expect([error.code, error.retryable]).toEqual(['CODE_HOST_UNAVAILABLE', true]);
    expect(fake.reviews(REPO, pr).map((one) => one.body)).not.toContainEqual(expect.stringContaining('torn'));
  });

  test('a refused write names the permission', async () => {
    fake.failNext({ method: 'POST', path: /issues\/\d+\/comments$/, status: 403 });
    const error = await failure(host.comment({ repo: REPO, pr, key: 'c9', body: 'hello' }));
    expect(error.next).toContain('Pull requests: write');
  });

  test('a wrong token is told apart, and never shown', async () => {
    const wrong = createGithubHost({ apiUrl: fake.url, token: 'ghp_very-secret', throttle: false });
    const error = await failure(wrong.pullRequest({ repo: REPO, pr }));
    expect(error.code).toBe('CODE_HOST_REJECTED');
    expect(JSON.stringify([error, error.message, error.stack, error.cause])).not.toContain('very-secret');
  });

  test('nobody at the address is unavailable', async () => {
    const nobody = createGithubHost({ apiUrl: 'http://127.0.0.1:9', token: 'x', throttle: false });
    expect((await failure(nobody.pullRequest({ repo: REPO, pr }))).code).toBe('CODE_HOST_UNAVAILABLE');
  });
});

describe('as a GitHub App', () => {
  beforeEach(openPull);

  test('asks for an installation token and writes with it', async () => {
    const app = createGithubHost({ apiUrl: fake.url, app: fake.app(), throttle: false });
    await app.publishReview(review('a1', [finding(2)]));
    await app.publishReview(review('a1', [finding(2)]));
    expect(fake.reviews(REPO, pr)).toHaveLength(1);
  });

  test('a key that cannot sign is a wrong setting', async () => {
    const app = createGithubHost({ apiUrl: fake.url, app: { id: '1', privateKey: 'nonsense' }, throttle: false });
    const error = await failure(app.pullRequest({ repo: REPO, pr }));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).not.toContain('nonsense');
  });
});
