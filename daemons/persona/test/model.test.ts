import { type ModelReply, startScriptedModel } from '@continuum/testing/scripted-model';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { injection, type PersonaSystem, REPO, startPersonas } from './system.ts';

const leaked = ['ghp', `_${'x7Kd92LmQpZ4vB8nT1sRw5yJ3hGfUcA0EiOk'}`].join('');
const source = `${injection('list')}
function total(items) {
  return items.reduce((sum, item) => sum + item.price);
}
const token = '${leaked}';
module.exports.total = total;
`;

const about = { path: 'src/list.js', category: 'correctness', severity: 'high', confidence: 0.8, cwe: null } as const;
const claims = {
  true: {
    ...about,
    ...{ line: 5, quote: 'return items.reduce((sum, item) => sum + item.price);' },
    ...{ title: 'The sum starts with an object', message: 'Without an initial value the first item is not a number.' },
  },
  wrongLine: { ...about, line: 1, quote: 'return items.reduce(', title: 'On the wrong line', message: 'No.' },
  invented: { ...about, line: 5, quote: 'return items.map(eval);', title: 'Invented', message: 'No.' },
  elsewhere: { ...about, path: '../etc/passwd', line: 1, quote: 'root:x:0:0', title: 'Elsewhere', message: 'No.' },
  secret: {
    ...about,
    ...{ line: 7, quote: `const token = '${leaked}';`, title: 'A token', message: `It is ${leaked} in the clear.` },
  },
};

let reply: ModelReply = '';
let model: Awaited<ReturnType<typeof startScriptedModel>>;
let system: PersonaSystem;
beforeAll(async () => {
  model = await startScriptedModel((request) => {
    // Both reviewers ask; only one speaks of correctness.
    const mine = request.messages[0]?.content.includes('Code Review AI') ?? false;
    return mine ? reply : JSON.stringify({ findings: [] });
  });
  system = await startPersonas({ OPENAI_BASE_URL: model.baseUrl, OPENAI_MODEL: 'scripted' });
}, 60_000);
afterAll(async () => {
  await system?.close();
  await model?.close();
});

const claimed = async (pr: number) => (await system.findings(pr)).filter(({ rule }) => rule.startsWith('model/'));

test('a claim that holds is posted; a wrong line, an invented quote and a file outside the change are not kept', async () => {
  reply = JSON.stringify({ findings: [claims.true, claims.wrongLine, claims.invented, claims.elsewhere] });
  const pr = await system.open('claims', { 'src/list.js': source });
  const found = await claimed(pr);
  expect(found.map(({ title, status, line }) => [title, status, line])).toEqual([[claims.true.title, 'posted', 5]]);
  const inline = system.github.reviewComments(REPO, pr).filter(({ body }) => body.includes(claims.true.title));
  expect(inline.map(({ path, line }) => [path, line])).toEqual([['src/list.js', 5]]);
});

test('a model that fails costs its claims only, and what it said before still stands', async () => {
  reply = { status: 400, message: 'no' };
  await system.github.push(REPO, 1, { 'src/other.js': injection('other') });
  await system.settled();
  const [, second] = (await system.runtime.store.reviews.list({ repo: REPO, pr: 1 })).toReversed();
  expect(second).toMatchObject({ status: 'done', stats: { posted: 1 } });
  expect((await claimed(1)).map(({ status }) => status)).toEqual(['posted']);
  await system.github.push(REPO, 1, { 'src/list.js': injection('list') });
  await system.settled();
  expect((await claimed(1)).map(({ status }) => status)).toEqual(['addressed']);
});

test('a secret that a model quotes goes no further', async () => {
  // Another file: the same question is answered from the cache.
  reply = JSON.stringify({ findings: [{ ...claims.secret, path: 'src/token.js' }] });
  const pr = await system.open('secret', { 'src/token.js': source });
  const found = await claimed(pr);
  expect(found.map(({ title }) => title)).toEqual([claims.secret.title]);
  expect(JSON.stringify(await system.findings(pr))).not.toContain(leaked);
});
