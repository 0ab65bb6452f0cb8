import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { teach } from './corrections.ts';
import { startTraining, type TestSystem } from './runtime.ts';

const OPERATOR = { caller: { kind: 'operator', id: 'test' } } as const;
const REPO = 'local/shop';
let here: TestSystem;
let elsewhere: TestSystem;

beforeAll(async () => {
  [here, elsewhere] = await Promise.all([startTraining(), startTraining()]);
  await teach(here.runtime.store, 6);
});
afterAll(async () => {
  await Promise.all([here?.close(), elsewhere?.close()]);
});

const exported = async ({ runtime }: TestSystem, repo = REPO) =>
  (await runtime.commands.execute('lessons/export', { repo }, OPERATOR)).jsonl;
const imported = ({ runtime }: TestSystem, jsonl: string, repo = REPO) =>
  runtime.commands.execute('lessons/import', { repo, jsonl }, OPERATOR);

describe('lessons', () => {
  test('travel from one system to another and come back byte for byte', async () => {
    const jsonl = await exported(here);
    expect(await imported(elsewhere, jsonl)).toEqual({ added: 6, known: 0, optedOut: 0 });
    expect(await imported(elsewhere, jsonl)).toEqual({ added: 0, known: 6, optedOut: 0 });
    expect(await exported(elsewhere)).toBe(jsonl);
    const told = await elsewhere.runtime.store.stream.recent(100);
    expect(told.filter(({ name }) => name === 'learning:memory')).toHaveLength(6);
  });

  test('count for the repository that takes them in, under its own name', async () => {
    await imported(elsewhere, (await exported(here)).replaceAll('"mem_', '"mem_fork'), 'fork/shop');
    const memories = await elsewhere.runtime.store.learning.memories({ repo: 'fork/shop', state: 'active' });
    expect(memories).toHaveLength(6);
  });

  test('that were revoked stay revoked', async () => {
    const [memory] = await elsewhere.runtime.store.learning.memories({ repo: REPO, limit: 1 });
    if (memory === undefined) throw new Error('nothing was imported');
    const by = { kind: 'person', id: 'ann', name: 'Ann' } as const;
    await elsewhere.runtime.commands.execute('memory/revoke', { id: memory.id, by }, OPERATOR);
    expect(await imported(elsewhere, await exported(here))).toMatchObject({ added: 0, known: 6 });
    expect(await exported(elsewhere)).not.toContain(memory.id);
  });

  test('of who opted out are neither written nor taken in', async () => {
    const jsonl = await exported(here);
    for (const { runtime } of [here, elsewhere]) {
      await runtime.commands.execute('consent/set', { subject: 'person', id: 'ann', choice: 'opt-out' }, OPERATOR);
    }
    expect(await exported(here)).toBe('');
    expect(await imported(elsewhere, jsonl)).toEqual({ added: 0, known: 0, optedOut: 6 });
  });

  test('are all taken in or none', async () => {
    const before = await here.runtime.store.learning.memories({ repo: 'acme/new' });
    const jsonl = `${await exported(elsewhere, 'fork/shop')}\n{"v":1}`;
    await expect(imported(here, jsonl, 'acme/new')).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect(await here.runtime.store.learning.memories({ repo: 'acme/new' })).toEqual(before);
  });
});
