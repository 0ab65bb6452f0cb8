import { type FakeGithub, startFakeGithub } from '@continuum/testing/github/fake';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GithubEvent } from '../src/payload.ts';
import { EXAMPLES, field, isObject } from './examples.ts';
import { type Receiver, startReceiver } from './receiver.ts';

const REPO = 'acme/shop';
const SECRET = 'a webhook secret';

let receiver: Receiver;
let fake: FakeGithub;
let pr: number;

beforeAll(async () => {
  receiver = await startReceiver(SECRET);
  fake = await startFakeGithub({ webhook: { url: receiver.url, secret: SECRET } });
  await fake.createRepo(REPO, { collaborators: { alice: 'write' }, files: { 'a.js': 'one\ntwo\n' } });
  await fake.commit(REPO, 'work', { 'a.js': 'one\n2\nthree\n', 'b.js': 'x\n' }, 'Count on');
  pr = await fake.openPullRequest(REPO, { head: 'work', title: 'Count', author: 'alice' });
});
afterAll(async () => {
  await fake.stop();
  await receiver.close();
});

function events(from: number): GithubEvent[] {
  return receiver.received.slice(from).flatMap(({ parsed }) => (parsed === undefined ? [] : [parsed]));
}
async function eventsOf(work: () => Promise<unknown>): Promise<GithubEvent[]> {
  const before = receiver.received.length;
  await work();
  await fake.settled();
  return events(before);
}
function api(method: string, path: string, body?: unknown): Promise<Response> {
  const headers = { authorization: `Bearer ${fake.token}`, 'content-type': 'application/json' };
  return fetch(`${fake.url}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

describe('webhooks', () => {
  test('a repository and a pull request were announced, signed, and answered', () => {
    expect(events(0)).toMatchObject([
      { kind: 'push', ref: 'refs/heads/main', paths: ['a.js'] },
      { kind: 'push', ref: 'refs/heads/work', paths: ['a.js', 'b.js'] },
      {
        kind: 'pull_request',
        action: 'opened',
        pr,
        title: 'Count',
        author: { id: 'alice', kind: 'person' },
        draft: false,
      },
    ]);
    expect(fake.deliveries.map(({ status, response }) => [status, response])).toEqual(Array(3).fill([202, 'taken']));
  });

  test('a push to the head is a synchronize with the new head', async () => {
    const seen = await eventsOf(() => fake.push(REPO, pr, { 'c.js': 'c\n' }));
    expect(seen).toMatchObject([
      { kind: 'push', after: fake.headOf(REPO, pr) },
      { kind: 'pull_request', action: 'synchronize', headSha: fake.headOf(REPO, pr) },
    ]);
  });

  test('a thread on a line, an answer, an edit and a deletion', async () => {
    let top = 0;
    const seen = await eventsOf(async () => {
      top = await fake.reviewComment(REPO, pr, 'alice', { path: 'a.js', line: 2, body: 'hm' });
      const below = await fake.reply(REPO, pr, top, 'mallory', 'no');
      await fake.editComment(REPO, pr, below, 'yes');
      await fake.deleteComment(REPO, pr, below);
    });
    const comment = { kind: 'comment', place: 'review', path: 'a.js', line: 2 };
    const answer = { ...comment, inReplyToExternalId: String(top), author: { id: 'mallory', kind: 'person' } };
    expect(seen).toMatchObject([
      { kind: 'review', body: '', state: 'commented' },
      { ...comment, action: 'created', association: 'COLLABORATOR', body: 'hm' },
      { kind: 'review', body: '' },
      { ...answer, action: 'created', association: 'NONE', body: 'no' },
      { ...answer, action: 'edited', body: 'yes' },
      { ...answer, action: 'deleted' },
    ]);
  });

  test("the system's own comments come back as a bot's", async () => {
    const seen = await eventsOf(() => api('POST', `/repos/${REPO}/issues/${pr}/comments`, { body: 'beep' }));
    expect(seen).toMatchObject([
      { kind: 'comment', place: 'issue', author: { id: fake.bot, kind: 'bot' }, body: 'beep' },
    ]);
  });

  test('the rest of the life of a pull request', async () => {
    await fake.commit(REPO, 'other', { 'd.js': 'd\n' });
    const seen = await eventsOf(async () => {
      const other = await fake.openPullRequest(REPO, { head: 'other', title: 'D', author: 'alice', draft: true });
      await fake.markReady(REPO, other);
      await fake.submitReview(REPO, other, 'alice', 'fine', 'APPROVED');
      await fake.close(REPO, other);
      await fake.reopen(REPO, other);
      await fake.close(REPO, other, 'merged');
    });
    expect(seen).toMatchObject([
      { action: 'opened', draft: true },
      { action: 'ready_for_review', draft: false },
      { kind: 'review', state: 'approved', body: 'fine' },
      { action: 'closed', merged: false },
      { action: 'reopened' },
      { action: 'closed', merged: true },
    ]);
  });

  test('a redelivery is the same bytes under the same id', async () => {
    const [first] = fake.deliveries;
    const again = await fake.redeliver(first?.deliveryId ?? '');
    expect(again).toMatchObject({ redelivery: true, body: first?.body, deliveryId: first?.deliveryId, status: 202 });
  });

  test('a receiver that is away is logged as not answering', async () => {
    fake.setWebhook({ url: 'http://127.0.0.1:9/', secret: SECRET });
    await fake.issueComment(REPO, pr, 'alice', 'anybody there?');
    fake.setWebhook({ url: receiver.url, secret: 'another secret' });
    await fake.issueComment(REPO, pr, 'alice', 'and now?');
    fake.setWebhook({ url: receiver.url, secret: SECRET });
    expect(fake.deliveries.slice(-2).map((delivery) => delivery.status)).toEqual([0, 401]);
  });

  test("payloads have every key that GitHub's examples of an event always have, and none that GitHub has not", () => {
    const kinds = ['pull_request', 'issue_comment', 'pull_request_review_comment', 'pull_request_review', 'push'];
    for (const event of kinds) {
      const sent = receiver.received.filter(({ delivery }) => delivery.event === event);
      const known = EXAMPLES.filter((example) => example.event === event).map(({ payload }) => payload);
      expect(sent.length, event).toBeGreaterThan(0);
      for (const { payload } of sent) {
        const { missing, unknown } = compare(payload, known, event);
        expect(missing, event).toEqual([]);
        expect(unknown.filter((key) => !NEWER.some((newer) => key.endsWith(newer)))).toEqual([]);
      }
    }
  });
});

/** Documented keys that the published examples are too old for. */
const NEWER = [
  ...['.in_reply_to_id', '.subject_type', '.pull_request.auto_merge', '.pull_request.draft', '.issue.draft'],
  ...['.issue.pull_request.url', '.issue.pull_request.html_url', '.issue.pull_request.diff_url'],
  ...['.issue.pull_request.patch_url', '.issue.pull_request.merged_at', '.issue.pull_request', '.changes.body'],
  ...['.installation', '.changes', '.after', '.before'],
];

/** Keys by path, as deep as plain objects go: those in every example but not here, and those here but in no example. */
function compare(value: unknown, known: readonly unknown[], path: string): { missing: string[]; unknown: string[] } {
  const result: { missing: string[]; unknown: string[] } = { missing: [], unknown: [] };
  const examples = known.filter(isPlain);
  if (!isPlain(value) || examples.length === 0) return result;
  const keys = new Set([...Object.keys(value), ...examples.flatMap((example) => Object.keys(example))]);
  for (const key of keys) {
    const at = `${path}.${key}`;
    const having = examples.filter((example) => key in example);
    if (!(key in value) && having.length === examples.length) result.missing.push(at);
    if (key in value && having.length === 0) result.unknown.push(at);
    const below = compare(
      field(value, key),
      having.map((example) => field(example, key)),
      at,
    );
    result.missing.push(...below.missing);
    result.unknown.push(...below.unknown);
  }
  return result;
}
function isPlain(value: unknown): value is object {
  return isObject(value) && !Array.isArray(value);
}

describe('the API', () => {
  test('a review with a line outside the diff is refused as a whole', async () => {
    const before = fake.reviews(REPO, pr).length;
    const post = (comments: unknown[]) =>
      api('POST', `/repos/${REPO}/pulls/${pr}/reviews`, { event: 'COMMENT', body: 'x', comments });
    const good = { path: 'a.js', line: 3, side: 'RIGHT', body: 'ok' };
    for (const bad of [
      { ...good, line: 40 },
      { ...good, path: 'nowhere.js' },
      { ...good, start_line: 3 },
      { ...good, start_line: 40 },
    ]) {
      const answer = await post([good, bad]);
      expect(answer.status).toBe(422);
      expect(await answer.json()).toMatchObject({ message: 'Unprocessable Entity', errors: [expect.any(String)] });
    }
    expect(fake.reviews(REPO, pr)).toHaveLength(before);
    expect((await post([good, { ...good, start_line: 2 }])).status).toBe(200);
  });

  test('an answer to an answer is refused', async () => {
    const top = await fake.reviewComment(REPO, pr, 'alice', { path: 'a.js', line: 3, body: 'top' });
    const below = await fake.reply(REPO, pr, top, 'alice', 'below');
    const reply = (id: number) => api('POST', `/repos/${REPO}/pulls/${pr}/comments/${id}/replies`, { body: 'x' });
    expect([(await reply(below)).status, (await reply(top)).status, (await reply(1)).status]).toEqual([422, 201, 404]);
  });

  test('comments become outdated when their line leaves the diff', async () => {
    const id = await fake.reviewComment(REPO, pr, 'alice', { path: 'b.js', line: 1, body: 'x?' });
    await fake.push(REPO, pr, { 'b.js': 'y\n' });
    const stored = fake.reviewComments(REPO, pr).find((comment) => comment.id === id);
    expect(stored).toMatchObject({ line: null, position: null, originalLine: 1 });
  });

  test('pages have links', async () => {
    const answer = await api('GET', `/repos/${REPO}/pulls/${pr}/files?per_page=2&page=2`);
    const files: unknown = await answer.json();
    expect(field(files, '0', 'filename')).toBe('c.js');
    expect(answer.headers.get('link')).toBe(
      `<${fake.url}/repos/${REPO}/pulls/${pr}/files?per_page=2&page=1>; rel="prev", ` +
        `<${fake.url}/repos/${REPO}/pulls/${pr}/files?per_page=2&page=1>; rel="first"`,
    );
  });

  test('patches are hunks only, with the mark of a missing newline', async () => {
    await fake.push(REPO, pr, { 'e.js': 'no newline' });
    const files: unknown = await (await api('GET', `/repos/${REPO}/pulls/${pr}/files`)).json();
    const patch = Array.isArray(files) ? files.find((file) => field(file, 'filename') === 'e.js') : undefined;
    expect(field(patch, 'patch')).toBe('@@ -0,0 +1 @@\n+no newline\n\\ No newline at end of file');
  });

  test('contents come from git at a revision', async () => {
    const read = async (ref: string) =>
      field(await (await api('GET', `/repos/${REPO}/contents/a.js?ref=${ref}`)).json(), 'content');
    const text = async (ref: string) => Buffer.from(String(await read(ref)), 'base64').toString();
    expect([await text('main'), await text('work')]).toEqual(['one\ntwo\n', 'one\n2\nthree\n']);
  });

  test('nobody writes without a token, nobody comes in with a wrong one', async () => {
    const path = `${fake.url}/repos/${REPO}/issues/${pr}/comments`;
    const post = (headers: Record<string, string>) => fetch(path, { method: 'POST', headers, body: '{"body":"x"}' });
    expect((await post({})).status).toBe(401);
    expect((await post({ authorization: 'Bearer ghp_wrong' })).status).toBe(401);
    expect((await fetch(path)).status).toBe(200);
  });

  test('faults: an answer before the effect, a cut after it, then as usual', async () => {
    const path = `/repos/${REPO}/issues/${pr}/comments`;
    const count = () => fake.issueComments(REPO, pr).length;
    const before = count();
    fake.failNext({ method: 'POST', path: /comments$/, status: 503, headers: { 'retry-after': '1' } });
    const refused = await api('POST', path, { body: 'one' });
    expect([refused.status, refused.headers.get('retry-after'), count()]).toEqual([503, '1', before]);
    fake.failNext({ method: 'POST', path: /comments$/, afterEffect: true });
    await expect(api('POST', path, { body: 'two' })).rejects.toThrow();
    expect(count()).toBe(before + 1);
    expect((await api('POST', path, { body: 'three' })).status).toBe(201);
  });
});
