import { createHmac, randomUUID } from 'node:crypto';
import type { Finding } from '@continuum/contract/finding';
import { ContinuumClient } from '@continuum/sdk/client';
import { freshHome, type LaunchedSystem, launchSystem } from '@continuum/testing/system';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

// The first review loads the analyzers, which takes its time on a machine under load.
vi.setConfig({ testTimeout: 90_000 });

const SECRET = 'an editor secret';
const ORIGIN = 'https://abc.editor.example';
const REPO = 'acme/shop';
const PATH = 'src/files.js';

/** A TLS connection that trusts everybody, for which there is a suggestion, in a function of that name. */
const trusting = (name: string): string => `const https = require('https');

function ${name}(host) {
  return https.request({ host, rejectUnauthorized: false });
}

module.exports = { ${name} };
`;

let place: Awaited<ReturnType<typeof freshHome>>;
let system: LaunchedSystem;
let continuum: ContinuumClient;
const heard = new Set<string>();

beforeAll(async () => {
  place = await freshHome();
  const environment = { VSCODE_WEBHOOK_SECRET: SECRET, EDITOR_ORIGINS: 'https://*.editor.example' };
  system = await launchSystem(place.home, environment);
  continuum = new ContinuumClient({ url: system.url, client: 'vscode' });
  void listen();
}, 120_000);
afterAll(async () => {
  await system?.stop();
  await place?.remove();
});

async function listen(): Promise<void> {
  const response = await fetch(`${system.url}/api/v1/events`);
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body ?? [])
      for (const [, name = ''] of decoder.decode(chunk).matchAll(/^event: (\S+)$/gm)) heard.add(name);
  } catch {
    // The server was stopped.
  }
}

const shown = (findings: readonly Finding[]): Finding[] =>
  findings.filter(({ status }) => status === 'posted' || status === 'confirmed');

async function save(text: string, path = PATH): Promise<Finding[]> {
  return shown((await continuum.reviewFile({ repo: REPO, path, text, languageId: 'javascript' })).findings);
}

async function suggested(text: string, path = PATH): Promise<Finding> {
  const found = (await save(text, path)).find(({ suggestion }) => suggestion !== undefined);
  if (found === undefined) throw new Error('nothing was suggested');
  return found;
}

test('a save is reviewed with a why and a suggestion, once, and does not fill the room', async () => {
  const before = (await continuum.messages('dev-updates')).length;
  const first = await continuum.reviewFile({ repo: REPO, path: PATH, text: trusting('one') });
  const again = await continuum.reviewFile({ repo: REPO, path: PATH, text: trusting('one') });
  expect(again.review.id).toBe(first.review.id);
  expect(again.findings.map(({ id }) => id)).toEqual(first.findings.map(({ id }) => id));
  expect(first.review.trigger).toBe('editor');
  const [finding] = shown(first.findings);
  expect(finding?.judgement.why.length).toBeGreaterThan(0);
  expect(await continuum.reviews({ repo: REPO })).toHaveLength(1);
  expect(await continuum.messages('dev-updates')).toHaveLength(before);
});

test('the same claim is one finding over all saves, and a save that no longer shows it says that it was addressed', async () => {
  const [finding] = await save(trusting('two'), 'src/two.js');
  const [moved] = await save(`// moved\n\n${trusting('two')}`, 'src/two.js');
  expect([moved?.id, moved?.line]).toEqual([finding?.id, (finding?.line ?? 0) + 2]);
  await save('module.exports = {};\n', 'src/two.js');
  await vi.waitFor(async () => expect((await continuum.finding(finding?.id ?? '')).status).toBe('addressed'), {
    timeout: 10_000,
  });
  const [back] = await save(trusting('two'), 'src/two.js');
  expect([back?.id, back?.status]).toEqual([finding?.id, 'posted']);
});

test('only what differs from the base is looked at', async () => {
  const file = { repo: REPO, path: 'src/base.js', baseText: trusting('old') };
  expect(shown((await continuum.reviewFile({ ...file, text: `// a note\n${trusting('old')}` })).findings)).toEqual([]);
  const text = trusting('old').replace(
    'module.exports',
    `${trusting('fresh').split('\n').slice(2, 5).join('\n')}\n\nmodule.exports`,
  );
  expect(shown((await continuum.reviewFile({ ...file, text })).findings).map(({ line }) => line)).toEqual([8]);
});

test('accepted affirms the finding', async () => {
  const finding = await suggested(trusting('three'), 'src/three.js');
  const given = await continuum.editorFeedback({ findingId: finding.id, action: 'accepted', author: 'ana' });
  expect(given.learned).toBe('active');
  expect((await continuum.finding(finding.id)).status).toBe('confirmed');
  const [again] = await save(`${trusting('three')}// more\n`, 'src/three.js');
  expect([again?.id, again?.status]).toEqual([finding.id, 'confirmed']);
});

test('modified: the edited text is chosen, what was suggested is rejected', async () => {
  const finding = await suggested(trusting('four'), 'src/four.js');
  const text = '  return https.request({ host, ca });';
  await continuum.editorFeedback({ findingId: finding.id, action: 'modified', text, author: 'ana' });
  const examples = await continuum.examples();
  const example = examples.find(({ provenance }) => provenance.findingId === finding.id);
  expect(example).toMatchObject({
    signal: 'edit',
    state: 'active',
    preference: { chosen: text, rejected: finding.suggestion?.replacement },
    provenance: { author: { id: 'ana' }, source: { kind: 'vscode' } },
  });
});

test('dismissed with a reason: a memory, a withheld finding, and a thread in the room that begins with those words', async () => {
  const finding = await suggested(trusting('five'), 'src/five.js');
  const reason = 'This host has a self-signed certificate on purpose.';
  await continuum.editorFeedback({ findingId: finding.id, action: 'dismissed', reason, author: 'ana' });
  const memories = await continuum.memories({ repo: REPO, state: 'active' });
  expect(memories).toContainEqual(expect.objectContaining({ verdict: 'decline', reason, findingId: finding.id }));
  expect(await save(trusting('five'), 'src/five.js')).toEqual([]);
  expect((await continuum.finding(finding.id)).status).toBe('declined');
  const thread = await vi.waitFor(
    async () => {
      const messages = await continuum.messages('dev-updates');
      const root = messages.find((message) => message.finding?.id === finding.id);
      const answers = messages.filter(({ threadId }) => threadId === root?.id);
      expect(answers).toHaveLength(1);
      return answers;
    },
    { timeout: 10_000 },
  );
  expect(thread[0]?.text).toContain(reason);
  // Reported, not said again: nobody learns from it twice.
  expect((await continuum.examples()).filter(({ provenance }) => provenance.findingId === finding.id)).toHaveLength(1);
});

test('a question about a finding opens its thread and is answered there', async () => {
  const finding = await suggested(trusting('six'), 'src/six.js');
  const question = await continuum.discuss(finding.id, { author: 'ben', text: 'Why is this dangerous?' });
  await vi.waitFor(
    async () => {
      const messages = await continuum.messages('dev-updates');
      const answers = messages.filter(({ replyTo }) => replyTo === question.id);
      expect(answers.map(({ author }) => author.kind)).toContain('persona');
    },
    { timeout: 10_000 },
  );
});

test('what cannot be is refused with what to do', async () => {
  const wrong = [
    continuum.editorFeedback({ findingId: 'fnd_none', action: 'accepted', author: 'ana' }),
    continuum.discuss('fnd_none', { author: 'ana', text: 'hello' }),
  ];
  for (const call of wrong) await expect(call).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const file = { repo: REPO, path: '../secrets', text: '' };
  const answer = await post('editor/reviews', file);
  expect([answer.status, await answer.json()]).toMatchObject([400, { error: { code: 'INVALID_INPUT' } }]);
  const huge = await post('editor/reviews', { ...file, path: 'a.js', text: 'x'.repeat(5_000_000) });
  expect(huge.status).toBe(413);
});

function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${system.url}/api/v1/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

function deliver(event: string, payload: unknown, id: string = randomUUID(), secret = SECRET): Promise<Response> {
  const body = JSON.stringify(payload);
  const timestamp = String(Math.floor(Date.now() / 1000));
  const digest = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return fetch(`${system.url}/webhooks/vscode`, {
    method: 'POST',
    body,
    headers: {
      'x-continuum-delivery': id,
      'x-continuum-event': event,
      'x-continuum-timestamp': timestamp,
      'x-continuum-signature-256': `sha256=${digest}`,
    },
  });
}

test('any editor that signs tells the same and teaches the same, once', async () => {
  const path = 'src/seven.js';
  expect((await deliver('file-saved', { repo: REPO, path, text: trusting('seven') })).status).toBe(202);
  const finding = await vi.waitFor(
    async () => {
      const found = (await continuum.findings({ repo: REPO, status: 'posted' })).find((each) => each.path === path);
      expect(found).toBeDefined();
      return found;
    },
    { timeout: 15_000 },
  );
  const judged = { findingId: finding?.id, author: 'kim', at: new Date().toISOString(), reason: 'Only in tests.' };
  expect((await deliver('suggestion-dismissed', judged, 'd-7', 'a wrong secret')).status).toBe(401);
  const answers = [
    await deliver('suggestion-dismissed', judged, 'd-7'),
    await deliver('suggestion-dismissed', judged, 'd-7'),
  ];
  expect(answers.map(({ status }) => status)).toEqual([202, 202]);
  await vi.waitFor(async () => expect((await continuum.finding(finding?.id ?? '')).status).toBe('declined'), {
    timeout: 15_000,
  });
  const taught = (await continuum.examples()).filter(({ provenance }) => provenance.author.id === 'vscode:kim');
  expect(taught).toHaveLength(1);
  expect(await save(trusting('seven'), path)).toEqual([]);
});

test('an editor in a browser may call from a listed origin, and from no other', async () => {
  const file = { repo: REPO, path: 'src/eight.js', text: '' };
  const listed = await post('editor/reviews', file, { origin: ORIGIN, 'sec-fetch-site': 'cross-site' });
  expect([listed.status, listed.headers.get('access-control-allow-origin')]).toEqual([200, ORIGIN]);
  expect(listed.headers.get('access-control-allow-credentials')).toBeNull();
  for (const origin of [
    'https://editor.example',
    'https://abc.editor.example.evil.example',
    'http://abc.editor.example',
    'null',
  ]) {
    const other = await post('editor/reviews', file, { origin });
    expect([other.status, other.headers.get('access-control-allow-origin')]).toEqual([403, null]);
  }
  const failed = await post('editor/reviews', {}, { origin: ORIGIN });
  expect([failed.status, failed.headers.get('access-control-allow-origin')]).toEqual([400, ORIGIN]);
  const asked = await fetch(`${system.url}/api/v1/editor/reviews`, {
    method: 'OPTIONS',
    headers: { origin: ORIGIN, 'access-control-request-method': 'POST' },
  });
  expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([204, ORIGIN]);
});

test('every event of editors was heard', async () => {
  // Nobody has taught anything there.
  const { findings } = await continuum.reviewFile({ repo: 'acme/other', path: PATH, text: trusting('nine') });
  const judged = { findingId: shown(findings)[0]?.id, author: 'kim', at: new Date().toISOString() };
  await deliver('suggestion-accepted', judged);
  await deliver('suggestion-modified', { ...judged, text: 'return 1;' });
  const all = ['file-saved', 'suggestion-accepted', 'suggestion-modified', 'suggestion-dismissed'].flatMap((event) => [
    `vscode:${event}`,
    `webhook:vscode:${event}`,
  ]);
  await vi.waitFor(() => expect([...heard]).toEqual(expect.arrayContaining(all)), { timeout: 15_000 });
});
