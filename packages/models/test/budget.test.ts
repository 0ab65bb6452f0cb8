import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createOpenAiModel } from '../src/openai.ts';
import { GOOD, question, start, stopServers, VALUE, Verdict } from './start.ts';

afterEach(stopServers);

describe('the budget', () => {
  test('of time ends the call', async () => {
    const { model } = await start(['hang'], { budget: { timeoutMs: 300, attemptTimeoutMs: 1000 } });
    const begun = performance.now();
    await expect(model.generate(question)).rejects.toMatchObject({ code: 'MODEL_BUDGET_EXCEEDED' });
    expect(performance.now() - begun).toBeLessThan(3000);
  });

  test('of the caller: its signal stops the call', async () => {
    const abort = new AbortController();
    const { model } = await start((_request) => {
      abort.abort();
      return 'hang';
    });
    await expect(model.generate({ ...question, signal: abort.signal })).rejects.toMatchObject({ code: 'ABORTED' });
  });

  test('of one call bounds the answer, and turns a prompt away that is too long', async () => {
    const { model, requests } = await start([GOOD], { budget: { maxTokensPerCall: 500 } });
    await model.generate(question);
    expect(requests[0]?.max_tokens).toBeLessThan(500);
    const long = { ...question, messages: [{ role: 'user' as const, content: 'word '.repeat(400) }] };
    await expect(model.generate(long)).rejects.toMatchObject({ code: 'MODEL_BUDGET_EXCEEDED' });
    expect(requests).toHaveLength(1);
  });

  test('of a day holds across restarts and for calls at the same time, and is new the next day', async () => {
    let now = new Date('2026-01-01T12:00:00Z');
    const reply = { text: GOOD, usage: { prompt: 700, completion: 100 } };
    const limits = { budget: { tokensPerDay: 2000 }, now: () => now };
    const { model, requests, settings } = await start([reply], limits);
    const ask = (asked: typeof model, temperature: number) =>
      asked.generate({ ...question, temperature, maxTokens: 850 });
    const results = await Promise.allSettled([ask(model, 0.1), ask(model, 0.2), ask(model, 0.3)]);
    const exceeded = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(exceeded).toMatchObject([{ code: 'MODEL_BUDGET_EXCEEDED' }]);
    expect(requests).toHaveLength(2);
    const restarted = createOpenAiModel(settings);
    await expect(ask(restarted, 0.4)).rejects.toMatchObject({ code: 'MODEL_BUDGET_EXCEEDED' });
    now = new Date('2026-01-02T00:00:01Z');
    await ask(restarted, 0.5);
    expect(requests).toHaveLength(3);
  });

  test('is not spent by what failed', async () => {
    const limits = { budget: { tokensPerDay: 1200 } };
    const { model } = await start((_, index) => (index < 1 ? { status: 401, message: 'no' } : GOOD), limits);
    await expect(model.generate({ ...question, maxTokens: 900 })).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
    expect((await model.generate({ ...question, maxTokens: 900 })).value).toEqual(VALUE);
  });
});

describe('the cache', () => {
  test('answers the same question without the server, also after a restart, and streams it', async () => {
    const { model, requests, settings } = await start([GOOD]);
    await model.generate(question);
    const pieces: string[] = [];
    const again = await createOpenAiModel(settings).generate({ ...question, onText: (piece) => pieces.push(piece) });
    expect(again).toEqual({ value: VALUE, usage: { promptTokens: 100, completionTokens: 20, cached: true } });
    expect(pieces.join('')).toBe(GOOD);
    expect(requests).toHaveLength(1);
  });

  test('knows a question by its messages, schema, temperature and model', async () => {
    const { model, requests, settings } = await start([GOOD]);
    await model.generate(question);
    await model.generate({ ...question, messages: [{ role: 'user', content: 'Another one?' }] });
    await model.generate({ ...question, temperature: 0.5 });
    await model.generate({ ...question, schema: Verdict.extend({ line: z.number() }) });
    await createOpenAiModel({ ...settings, model: 'other' }).generate(question);
    expect(requests).toHaveLength(5);
  });

  test('that fails or holds something else costs a request, never an answer', async () => {
    const { model, cache, requests } = await start([GOOD]);
    await model.generate(question);
    for (const key of cache.values.keys())
      cache.values.set(key, { json: { verdict: 'old' }, promptTokens: 1, completionTokens: 1 });
    expect((await model.generate(question)).value).toEqual(VALUE);
    expect(requests).toHaveLength(2);
    const set = cache.set.bind(cache);
    cache.set = (key, value) => (key.startsWith('model-answer') ? Promise.reject(new Error('full')) : set(key, value));
    expect((await model.generate({ ...question, temperature: 1 })).value).toEqual(VALUE);
  });
});
