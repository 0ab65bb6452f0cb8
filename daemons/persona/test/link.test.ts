import { afterAll, beforeAll, expect, test } from 'vitest';
import { injection, type PersonaSystem, REPO, startPersonas } from './system.ts';

const SYSTEM = { caller: { kind: 'system', id: 'test' } } as const;
let system: PersonaSystem;
beforeAll(async () => {
  system = await startPersonas();
}, 120_000);
afterAll(() => system?.close());

test('somebody of a chat is known by their login once they say the code on a pull request, and nobody else can', async () => {
  const { runtime, github } = system;
  const pr = await system.open('linking', { 'src/link.js': injection('link') });
  const claimed = { kind: 'slack', externalId: 'U024', person: 'alice' } as const;
  const { code } = await runtime.commands.execute('people/claim', claimed, SYSTEM);
  await github.issueComment(REPO, pr, 'mallory', `@continuum link ${code}`);
  await system.settled();
  expect(await runtime.store.views.personAt('slack', 'U024')).toBeUndefined();
  await github.issueComment(REPO, pr, 'alice', `> @continuum link ${code}\n\nWhat is this?`);
  await system.settled();
  expect(await runtime.store.views.personAt('slack', 'U024')).toBeUndefined();
  await github.issueComment(REPO, pr, 'alice', `@continuum link ${code.toLowerCase()}`);
  await system.settled();
  expect(await runtime.store.views.personAt('slack', 'U024')).toMatchObject({ person: 'alice', by: 'proof:github' });
  const comments = [...github.issueComments(REPO, pr), ...github.reviewComments(REPO, pr)];
  const said = comments.map(({ body }) => body);
  expect(said.filter((body) => body.includes('this code is for another login'))).toHaveLength(1);
  expect(said.filter((body) => body.includes('You are known as alice on slack too'))).toHaveLength(1);
});

test('in a chat the same word gives the code that proves it', async () => {
  const { runtime } = system;
  const author = { kind: 'person', id: 'slack:U025', name: 'Alice' } as const;
  const source = { kind: 'slack', externalId: 'C1:1', place: 'C1' } as const;
  const ask = { roomId: 'dev-updates', author, source, text: '@continuum link alice' } as const;
  const { id } = await runtime.commands.execute('chat/send', ask, SYSTEM);
  await system.settled();
  const [, answer] = await runtime.store.rooms.thread(id);
  const [, code = ''] = /@continuum link (\S+)`/.exec(answer?.text ?? '') ?? [];
  const proof = { kind: 'github', login: 'alice', code } as const;
  expect(await runtime.commands.execute('people/prove', proof, SYSTEM)).toMatchObject({ externalId: 'U025' });
});
