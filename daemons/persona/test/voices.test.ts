import type { Finding } from '@continuum/contract/finding';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findingMessageId } from '../src/identity.ts';
import { askAll } from '../src/pull-request/rounds.ts';
import { injection, type PersonaSystem, REPO, startPersonas } from './system.ts';

const NEVER = new AbortController().signal;
let system: PersonaSystem;
let pr = 0;
let raised: Finding[] = [];
beforeAll(async () => {
  system = await startPersonas();
  pr = await system.open('voices', { 'src/a.js': injection('a'), 'src/b.js': injection('b') });
  raised = (await system.findings(pr)).filter(({ status }) => status === 'posted');
}, 120_000);
afterAll(() => system?.close());

async function ask(): Promise<void> {
  const { codeHost } = system.runtime;
  if (codeHost === undefined) throw new Error('no code host');
  await askAll(system.runtime, codeHost, NEVER);
  await system.settled();
}

function findingOn(path: string): Finding {
  const finding = raised.find((each) => each.path === path);
  if (finding === undefined) throw new Error(`nothing is raised on ${path}`);
  return finding;
}

const commentOf = (path: string): string => findingOn(path).externalId ?? '';
const statusOf = async (path: string) => (await system.runtime.store.reviews.finding(findingOn(path).id))?.status;
const heard = async () => {
  const events = await system.runtime.store.stream.recent(1_000);
  return events.filter(({ name }) => name === 'room:reaction').map(({ payload }) => payload);
};

test('a reaction is asked for, heard once, and taken back when it is gone', async () => {
  const on = commentOf('src/a.js');
  const messageId = findingMessageId(findingOn('src/a.js').id);
  system.github.setReaction(REPO, pr, { on, author: 'alice', emoji: '-1' });
  await ask();
  await ask();
  expect(await heard()).toEqual([
    expect.objectContaining({
      messageId,
      emoji: '-1',
      source: 'github',
      author: expect.objectContaining({ id: 'alice' }),
    }),
  ]);
  expect(await system.runtime.store.rooms.reactions([messageId])).toHaveLength(1);
  system.github.setReaction(REPO, pr, { on, author: 'alice', emoji: '-1', removed: true });
  await ask();
  await ask();
  expect((await heard()).filter((payload) => 'removed' in payload && payload.removed === true)).toHaveLength(1);
  expect(await system.runtime.store.rooms.reactions([messageId])).toEqual([]);
}, 60_000);

test('a thread that a person closes settles its finding, and the summary says so', async () => {
  await system.github.resolveThread(REPO, pr, commentOf('src/a.js'), 'alice');
  await system.settled();
  expect(await statusOf('src/a.js')).toBe('resolved');
  expect(system.github.issueComments(REPO, pr)[0]?.body).toContain('1 resolved');
}, 60_000);

test('one whose delivery was lost is found when it is asked for', async () => {
  const deliveries = system.github.deliveries.length;
  system.github.setWebhook(undefined);
  await system.github.resolveThread(REPO, pr, commentOf('src/b.js'), 'alice');
  expect(system.github.deliveries).toHaveLength(deliveries);
  expect(await statusOf('src/b.js')).toBe('posted');
  await ask();
  expect(await statusOf('src/b.js')).toBe('resolved');
  system.listen();
}, 60_000);

test('nobody is asked about a pull request that is closed', async () => {
  await system.github.close(REPO, pr);
  await system.settled();
  const asked = system.github.requests.length;
  await ask();
  expect(system.github.requests).toHaveLength(asked);
}, 60_000);
