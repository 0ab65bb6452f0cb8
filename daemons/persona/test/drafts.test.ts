import { afterAll, beforeAll, expect, test } from 'vitest';
import { injection, type PersonaSystem, REPO, startPersonas } from './system.ts';

let system: PersonaSystem;
beforeAll(async () => {
  system = await startPersonas();
}, 120_000);
afterAll(() => system?.close());

const reviews = (pr: number) => system.runtime.store.reviews.list({ repo: REPO, pr });

async function open(branch: string, files: Readonly<Record<string, string>>, more: object): Promise<number> {
  await system.github.commit(REPO, branch, files);
  const input = { head: branch, base: 'main', title: branch, author: 'bob', ...more };
  const pr = await system.github.openPullRequest(REPO, input);
  await system.settled();
  return pr;
}

test('a draft waits until it is ready, and a closed one is left alone', async () => {
  const pr = await open('draft', { 'src/draft.js': injection('draft') }, { draft: true });
  await system.github.push(REPO, pr, { 'src/more.js': 'module.exports = 1;\n' });
  await system.settled();
  expect(await reviews(pr)).toEqual([]);
  await system.github.markReady(REPO, pr);
  await system.settled();
  expect(await reviews(pr)).toHaveLength(1);
  await system.github.close(REPO, pr, 'merged');
  await system.settled();
  const caller = { kind: 'system', id: 'test' } as const;
  const late = await system.runtime.commands.execute('review/pull-request', { repo: REPO, pr }, { caller });
  expect(late).toEqual({ because: 'It is closed.' });
});

test('a large change is read in parts, the most dangerous files first, and the summary says so', async () => {
  const long = Array.from({ length: 1_500 }, (_, n) => `module.exports.n${n} = ${n};`).join('\n');
  const files = { 'src/a.js': `${long}\n`, 'src/b.js': `${long}\n`, 'src/auth/login.js': injection('login') };
  const pr = await open('large', files, {});
  expect((await reviews(pr))[0]).toMatchObject({ parts: 2, stats: { files: 3, posted: 1 } });
  expect(system.github.issueComments(REPO, pr)[0]?.body).toContain('in 2 parts, the most dangerous files first');
}, 60_000);
