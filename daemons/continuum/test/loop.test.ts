import { EVENTS } from '@continuum/contract/event';
import { ContinuumClient } from '@continuum/sdk/client';
import { type FakeGithub, startFakeGithub } from '@continuum/testing/github/fake';
import { freshHome, type LaunchedSystem, launchSystem } from '@continuum/testing/system';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

const SECRET = 'a-webhook-secret';
const REPO = 'acme/shop';

const query = (name: string, table: string) => `const db = require('./db');

async function ${name}(req, res) {
  const rows = await db.query('SELECT * FROM ${table} WHERE id = ' + req.params.id);
  res.json(rows);
}

module.exports = { ${name} };
`;
const leaked = ['ghp', `_${'x7Kd92LmQpZ4vB8nT1sRw5yJ3hGfUcA0EiOk'}`].join('');
const withSecret = `const token = '${leaked}';\nmodule.exports = { token };\n`;

let github: FakeGithub;
let system: LaunchedSystem;
let continuum: ContinuumClient;
let place: Awaited<ReturnType<typeof freshHome>>;
/** Heard in layers.test.ts, where layers are trained. */
const OF_LAYERS = new Set(['training:progress', 'layer:changed']);
/** Heard in editor.test.ts, slack.test.ts and trackers-and-ci.test.ts. */
const OF_OTHERS =
  /^(?:(?:webhook:)?vscode:|webhook:(?:slack|linear|jira|ci):|webhook:github:(?:check_run|workflow_run)$|lint:error$)/;
const EXPECTED = Object.keys(EVENTS)
  .filter((name) => !OF_LAYERS.has(name) && !OF_OTHERS.test(name))
  .sort();

/** Names of the events that reached a listener over HTTP. */
const heard = new Set<string>();

async function launch(): Promise<void> {
  system = await launchSystem(place.home, {
    GITHUB_WEBHOOK_SECRET: SECRET,
    GITHUB_TOKEN: github.token,
    GITHUB_API_URL: github.url,
  });
  continuum = new ContinuumClient({ url: system.url });
  github.setWebhook({ url: `${system.url}/webhooks/github`, secret: SECRET });
  void listen(system.url);
}

/** Listens to the live events until the server goes away. */
async function listen(url: string): Promise<void> {
  const response = await fetch(`${url}/api/v1/events`);
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body ?? []) {
      for (const match of decoder.decode(chunk).matchAll(/^event: (\S+)$/gm))
        if (match[1] !== undefined) heard.add(match[1]);
    }
  } catch {
    // The server was killed on purpose.
  }
}

/** Waits until the summary comment of a pull request stands: the last thing a review does. */
async function reviewed(pr: number, times = 1): Promise<void> {
  await vi.waitFor(
    async () => {
      expect(github.issueComments(REPO, pr).length).toBeGreaterThan(0);
      expect((await continuum.reviews({ repo: REPO, pr })).filter(({ status }) => status === 'done')).toHaveLength(
        times,
      );
    },
    { timeout: 30_000, interval: 100 },
  );
}

beforeAll(async () => {
  place = await freshHome();
  github = await startFakeGithub();
  await github.createRepo(REPO, {
    collaborators: { alice: 'write', mallory: 'read' },
    files: { 'README.md': '# shop\n', 'src/db.js': 'module.exports = {};\n' },
  });
  await launch();
}, 120_000);

afterAll(async () => {
  await system?.stop();
  await github?.stop();
  await place?.remove();
});

describe('the closed loop, from the outside', () => {
  let sql = { id: '', externalId: '' };

  test('a pull request is reviewed: inline on GitHub and in the room', async () => {
    await github.commit(REPO, 'users', { 'src/users.js': query('getUser', 'users') });
    const pr = await github.openPullRequest(REPO, { head: 'users', base: 'main', title: 'Users', author: 'bob' });
    await reviewed(pr);
    const inline = github.reviewComments(REPO, pr);
    expect(inline.map(({ path, line }) => [path, line])).toContainEqual(['src/users.js', 4]);
    const findings = await continuum.findings({ repo: REPO, pr, status: 'posted' });
    const found = findings.find(({ cwe }) => cwe === 'CWE-89');
    expect(found?.judgement.why.length).toBeGreaterThan(0);
    sql = { id: found?.id ?? '', externalId: found?.externalId ?? '' };
    expect(inline.map(({ id }) => String(id))).toContain(sql.externalId);
    const messages = await continuum.messages('dev-updates');
    expect(messages.filter(({ finding }) => finding?.id === sql.id)).toHaveLength(1);
  });

  test("somebody without write permission 'corrects': nothing changes", async () => {
    await github.reply(REPO, 1, sql.externalId, 'mallory', 'That is a false positive, the id is always a number here.');
    await vi.waitFor(async () => expect(await continuum.examples({ state: 'quarantined' })).toHaveLength(1), {
      timeout: 15_000,
    });
    expect((await continuum.finding(sql.id)).status).toBe('posted');
    expect(await continuum.memories({ repo: REPO, state: 'active' })).toEqual([]);
  });

  test('a maintainer corrects: an example of priority 1.0 with a preference pair', async () => {
    await github.reply(
      REPO,
      1,
      sql.externalId,
      'alice',
      'Actually, that is parameterized, see line 15: our db.query escapes what is concatenated.',
    );
    await vi.waitFor(async () => expect((await continuum.finding(sql.id)).status).toBe('declined'), {
      timeout: 15_000,
    });
    const [example] = await continuum.examples({ state: 'active' });
    expect(example).toMatchObject({
      priority: 1,
      signal: 'correction',
      provenance: { author: { id: 'alice' }, permission: 'write' },
    });
    expect(example?.preference?.chosen).toContain('parameterized');
    expect(example?.preference?.rejected).not.toBe('');
    for (const format of ['openai', 'trl-sft', 'dpo', 'kto'] as const) {
      expect((await continuum.exportExamples(format)).trim().split('\n')).toHaveLength(1);
    }
  });

  test('the next pull request is reviewed differently and says which correction decided; a secret is still found', async () => {
    await github.commit(REPO, 'orders', { 'src/orders.js': query('getOrder', 'orders'), 'src/keys.js': withSecret });
    const pr = await github.openPullRequest(REPO, { head: 'orders', base: 'main', title: 'Orders', author: 'bob' });
    await reviewed(pr);
    const findings = await continuum.findings({ repo: REPO, pr });
    const withheld = findings.find(({ cwe }) => cwe === 'CWE-89');
    expect(withheld).toMatchObject({ status: 'withheld', withheldBecause: 'judgement' });
    expect(withheld?.judgement.why).toContainEqual(expect.objectContaining({ kind: 'memory', author: 'alice' }));
    expect(withheld?.judgement.why.some(({ link }) => link?.startsWith('http'))).toBe(true);
    const inline = github.reviewComments(REPO, pr);
    expect(inline.map(({ path }) => path)).toEqual(['src/keys.js']);
    expect(inline.every(({ body }) => !body.includes(leaked))).toBe(true);
  });

  test('a declined finding never comes back to its pull request', async () => {
    await github.push(REPO, 1, { 'src/users.js': `// a new first line\n${query('getUser', 'users')}` });
    await reviewed(1, 2);
    const posted = await continuum.findings({ repo: REPO, pr: 1, status: 'posted' });
    expect(posted.filter(({ cwe }) => cwe === 'CWE-89')).toEqual([]);
    expect(github.issueComments(REPO, 1).filter(({ body }) => body.includes('continuum:summary'))).toHaveLength(1);
  });
});

describe('nothing lost, nothing doubled', () => {
  test('the same delivery five times: one review, one comment each', async () => {
    const delivery = github.deliveries.find(({ event, deliveryId }) => event === 'pull_request' && deliveryId !== '');
    const before = github.reviews(REPO, 1).length + github.reviewComments(REPO, 1).length;
    for (let time = 0; time < 5; time++) {
      const again = await github.redeliver(delivery?.deliveryId ?? '');
      expect(again.status).toBe(202);
    }
    await github.settled();
    expect(github.reviews(REPO, 1).length + github.reviewComments(REPO, 1).length).toBe(before);
  });

  test('killed with -9 right after the acknowledgement: reviewed once after the restart', async () => {
    await github.commit(REPO, 'carts', {
      'src/carts.js':
        "const cp = require('child_process');\nmodule.exports = (req) => cp.exec('ls ' + req.query.dir);\n",
    });
    const pr = await github.openPullRequest(REPO, { head: 'carts', base: 'main', title: 'Carts', author: 'bob' });
    await system.kill();
    await launch();
    await reviewed(pr);
    await vi.waitFor(() => expect(github.reviewComments(REPO, pr).length).toBeGreaterThan(0), { timeout: 15_000 });
    const places = github.reviewComments(REPO, pr).map(({ path, line }) => `${path}:${line}`);
    expect(new Set(places).size).toBe(places.length);
    expect(github.reviews(REPO, pr)).toHaveLength(1);
  });

  test('the connection breaks after GitHub took the review: it is not posted twice', async () => {
    github.failNext({ method: 'POST', path: /\/pulls\/\d+\/reviews$/, status: 502, times: 1, afterEffect: true });
    await github.commit(REPO, 'files', {
      'src/files.js':
        "const fs = require('fs');\nmodule.exports = (req, res) => res.send(fs.readFileSync('/data/' + req.query.name));\n",
    });
    const pr = await github.openPullRequest(REPO, { head: 'files', base: 'main', title: 'Files', author: 'bob' });
    await reviewed(pr);
    await vi.waitFor(
      async () => {
        const linked = await continuum.findings({ repo: REPO, pr, status: 'posted' });
        expect(linked.length > 0 && linked.every(({ externalId }) => externalId !== undefined)).toBe(true);
      },
      { timeout: 20_000 },
    );
    expect(github.reviews(REPO, pr)).toHaveLength(1);
  });
});

describe('people and personas talk', () => {
  test('a question on GitHub is answered there by whom it is about', async () => {
    const [finding] = await continuum.findings({ repo: REPO, pr: 3, status: 'posted' });
    const externalId = finding?.externalId ?? '';
    await github.reply(REPO, 3, externalId, 'bob', 'Why is this a problem?');
    const answers = () =>
      github
        .reviewComments(REPO, 3)
        .filter(({ inReplyTo, author }) => String(inReplyTo) === externalId && author === github.bot);
    await vi.waitFor(() => expect(answers()).toHaveLength(1), { timeout: 15_000 });
    await github.reply(REPO, 3, externalId, 'bob', 'Thanks.');
    await github.settled();
    expect(answers()).toHaveLength(1);
  });

  test('a thumb in the web room teaches too', async () => {
    const [finding] = await continuum.findings({ repo: REPO, pr: 3, status: 'posted' });
    const answer = await continuum.feedback({
      findingId: finding?.id ?? '',
      kind: 'thumbs',
      value: 'up',
      author: 'alice',
    });
    expect(answer.learned).toBe('active');
    expect((await continuum.finding(finding?.id ?? '')).status).toBe('confirmed');
  });

  test('an answer in words in the web room teaches', async () => {
    const [finding] = await continuum.findings({ repo: REPO, pr: 4, status: 'posted' });
    const message = (await continuum.messages('dev-updates')).find((each) => each.finding?.id === finding?.id);
    await continuum.say('dev-updates', {
      author: 'alice',
      text: 'False positive: the gateway only lets known names through.',
      replyTo: message?.id,
    });
    await vi.waitFor(async () => expect((await continuum.finding(finding?.id ?? '')).status).toBe('declined'), {
      timeout: 15_000,
    });
  });
});

describe('no dead wire', () => {
  test('every event type reached a listener', async () => {
    await github.issueComment(REPO, 2, 'bob', 'Looks fine to me.');
    await github.submitReview(REPO, 2, 'bob', 'I had a look.');
    const [first] = github.reviewComments(REPO, 1);
    await github.resolveThread(REPO, 1, first?.id ?? 0, 'bob');
    await github.commit(REPO, 'main', { 'src/keys.js': 'module.exports = {};\n' });
    await continuum.enterScope('security-ai', '/security/');
    await continuum.leaveScope('security-ai');
    const [message] = await continuum.messages('dev-updates', { limit: 1 });
    await fetch(`${system.url}/api/v1/messages/${message?.id}/reactions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ author: 'alice', emoji: '👍' }),
    });
    await vi.waitFor(() => expect([...heard].sort()).toEqual(EXPECTED), { timeout: 15_000 });
  });

  test('nothing is left over: no dead letter, nothing waiting', async () => {
    const metrics = async () => (await fetch(`${system.url}/metrics`)).text();
    // The summary follows what people decide, one write a second.
    await vi.waitFor(async () => expect(await metrics()).toMatch(/continuum_outbox_pending 0/), { timeout: 20_000 });
    const dead: unknown = await (await fetch(`${system.url}/api/v1/dead-letters`)).json();
    expect(dead).toEqual([]);
  });
});
