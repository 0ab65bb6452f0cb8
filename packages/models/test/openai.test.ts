import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createOpenAiModel } from '../src/openai.ts';
import { GOOD, KEY, MemoryCache, question, start, stopServers, VALUE } from './start.ts';

afterEach(stopServers);

describe('an answer', () => {
  test('is asked for with its schema, and comes back checked', async () => {
    const { model, requests } = await start([GOOD]);
    const { value, usage } = await model.generate({ ...question, maxTokens: 300, temperature: 0.3 });
    expect(value).toEqual(VALUE);
    expect(usage).toEqual({ promptTokens: 100, completionTokens: 20, cached: false });
    expect(model.id).toMatch(/^127\.0\.0\.1:\d+\/toy$/);
    const [request] = requests;
    expect(request).toMatchObject({ model: 'toy', messages: question.messages, max_tokens: 300, temperature: 0.3 });
    expect(request?.authorization).toBe(`Bearer ${KEY}`);
    expect(request?.response_format).toMatchObject({
      type: 'json_schema',
      json_schema: { name: 'verdict', strict: true },
    });
    expect(request?.response_format?.json_schema?.schema).toMatchObject({
      properties: { verdict: { enum: ['post', 'skip'] } },
      required: ['verdict', 'line'],
      additionalProperties: false,
    });
  });

  test('with optional fields is not asked for strictly, which servers would turn away', async () => {
    const { model, requests } = await start(['{}']);
    const schema = z.object({ note: z.string().optional() });
    expect((await model.generate({ ...question, schema })).value).toEqual({});
    expect(requests[0]?.response_format?.json_schema?.strict).toBe(false);
  });

  test('streams in pieces', async () => {
    const { model, requests } = await start([GOOD]);
    const pieces: string[] = [];
    const { value, usage } = await model.generate({ ...question, onText: (piece) => pieces.push(piece) });
    expect(value).toEqual(VALUE);
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.join('')).toBe(GOOD);
    expect(usage).toEqual({ promptTokens: 100, completionTokens: 20, cached: false });
    expect(requests[0]?.stream).toBe(true);
  });

  test('is estimated when the server does not count', async () => {
    const { model } = await start([{ text: GOOD, usage: null }]);
    const { usage } = await model.generate(question);
    expect(usage.promptTokens).toBeGreaterThan(5);
    expect(usage.completionTokens).toBeGreaterThan(5);
  });
});

describe('a wrong answer', () => {
  test('is repaired once, with what was wrong', async () => {
    const wrong = '{"verdict":"maybe","line":7}';
    const { model, requests } = await start([wrong, GOOD]);
    const { value, usage } = await model.generate(question);
    expect(value).toEqual(VALUE);
    expect(usage).toMatchObject({ promptTokens: 200, completionTokens: 40 });
    expect(requests[1]?.messages.slice(-2)).toEqual([
      { role: 'assistant', content: wrong },
      { role: 'user', content: expect.stringContaining('verdict') },
    ]);
  });

  test('that stays wrong is MODEL_BAD_OUTPUT, and is not cached', async () => {
    const { model, requests, cache } = await start(['no', 'still no', GOOD]);
    await expect(model.generate(question)).rejects.toMatchObject({ code: 'MODEL_BAD_OUTPUT', retryable: false });
    expect(requests).toHaveLength(2);
    expect([...cache.values.keys()].filter((key) => key.startsWith('model-answer'))).toEqual([]);
    expect((await model.generate(question)).value).toEqual(VALUE);
  });

  test('with the key in it is not told with the key', async () => {
    const { model } = await start([JSON.stringify({ [KEY]: 1 })]);
    const error = await model.generate({ ...question, schema: z.strictObject({}) }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'MODEL_BAD_OUTPUT', message: expect.stringContaining('[redacted]') });
    expect(String(error)).not.toContain(KEY);
  });

  test.each([
    ['cut off', { text: '{"verdict":"po', finishReason: 'length' }, /cut off/],
    ['refused', { text: '', refusal: 'I will not' }, /refusal/],
    ['filtered', { text: '', finishReason: 'content_filter' }, /refusal/],
  ])('that was %s is not asked for again', async (_, reply, message) => {
    for (const onText of [undefined, () => undefined]) {
      const { model, requests } = await start([reply]);
      const asked = model.generate({ ...question, ...(onText === undefined ? {} : { onText }) });
      await expect(asked).rejects.toMatchObject({ code: 'MODEL_BAD_OUTPUT', message: expect.stringMatching(message) });
      expect(requests).toHaveLength(1);
      await stopServers();
    }
  });
});

test('the environment has no say', async () => {
  const before = { ...process.env };
  Object.assign(process.env, {
    OPENAI_BASE_URL: 'http://127.0.0.1:1',
    OPENAI_ORG_ID: 'org',
    OPENAI_API_KEY: 'sk-environment',
  });
  try {
    const { model, requests } = await start([GOOD], { apiKey: '' });
    expect((await model.generate(question)).value).toEqual(VALUE);
    expect(requests[0]?.authorization).toBe('Bearer none');
  } finally {
    process.env = before;
  }
});

test('a base URL that is none is a mistake in the settings', async () => {
  const options = { model: 'toy', baseUrl: 'localhost', cache: new MemoryCache(), budget: {} };
  expect(() => createOpenAiModel(options)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
});
