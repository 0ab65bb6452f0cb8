import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { GOOD, KEY, question, start, stopServers, VALUE } from './start.ts';

afterEach(stopServers);

describe('a server in trouble', () => {
  test.each([
    ['429', { status: 429, message: 'slow down' }],
    ['503', { status: 503, message: 'loading model' }],
    ['a cut connection', 'drop'],
    ['no answer in time', 'hang'],
    ['no JSON', { raw: '{"choices": [', contentType: 'application/json' }],
    ['no completion', { raw: '<html>', contentType: 'text/html' }],
  ] as const)('%s is tried again', async (_, trouble) => {
    const { model, requests } = await start([trouble, GOOD], { budget: { attemptTimeoutMs: 400, timeoutMs: 10_000 } });
    expect((await model.generate(question)).value).toEqual(VALUE);
    expect(requests).toHaveLength(2);
  });

  test('a stream that breaks off is asked again, and the pieces shown are not repeated', async () => {
    const { model, requests } = await start([{ text: GOOD, breakAfter: 2 }, GOOD]);
    const pieces: string[] = [];
    expect((await model.generate({ ...question, onText: (piece) => pieces.push(piece) })).value).toEqual(VALUE);
    expect(GOOD.startsWith(pieces.join(''))).toBe(true);
    expect(requests.map((request) => request.stream ?? false)).toEqual([true, false]);
  });

  test.each([
    ['no JSON', { raw: 'data: {"choices"\n\n', contentType: 'text/event-stream' }],
    ['no end', { raw: 'data: [DONE]\n\n', contentType: 'text/event-stream' }],
    ['an error in band', { raw: 'data: {"error":{"message":"boom"}}\n\n', contentType: 'text/event-stream' }],
  ])('a stream with %s is tried again', async (_, trouble) => {
    const { model, requests } = await start([trouble, GOOD]);
    expect((await model.generate({ ...question, onText: () => undefined })).value).toEqual(VALUE);
    expect(requests[1]?.messages).toEqual(question.messages);
  });

  test('Retry-After is waited for', async () => {
    const { model } = await start([{ status: 429, message: 'slow down', headers: { 'retry-after-ms': '700' } }, GOOD]);
    const begun = performance.now();
    await model.generate(question);
    expect(performance.now() - begun).toBeGreaterThan(695);
  });

  test('a Retry-After longer than the call may take is handed to the caller', async () => {
    const busy = { status: 429, message: 'slow down', headers: { 'retry-after': '60' } };
    const { model, requests } = await start([busy], { budget: { timeoutMs: 5000 } });
    const error = { code: 'MODEL_UNAVAILABLE', retryable: true, retryAfterMs: 60_000 };
    await expect(model.generate(question)).rejects.toMatchObject(error);
    expect(requests).toHaveLength(1);
  });

  test('four failures are enough', async () => {
    const { model, requests } = await start([{ status: 500, message: 'boom' }]);
    await expect(model.generate(question)).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE', retryable: true });
    expect(requests).toHaveLength(4);
  });

  test.each([
    [401, /OPENAI_API_KEY/],
    [404, /OPENAI_MODEL/],
  ])('%i is said at once, with what to do', async (status, next) => {
    const { model, requests } = await start([{ status, message: 'no' }]);
    const error = { code: 'MODEL_UNAVAILABLE', retryable: false, next: expect.stringMatching(next) };
    await expect(model.generate(question)).rejects.toMatchObject(error);
    expect(requests).toHaveLength(1);
  });

  test('an account without credit is not asked again', async () => {
    const { model, requests } = await start([{ status: 429, message: 'quota', code: 'insufficient_quota' }]);
    await expect(model.generate(question)).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE', retryable: false });
    expect(requests).toHaveLength(1);
  });

  test('a server that is not there is MODEL_UNAVAILABLE', async () => {
    const { model } = await start([GOOD]);
    await stopServers();
    await expect(model.generate(question)).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE', retryable: true });
  });

  test('no error carries the key, wherever the server puts it', async () => {
    const other = 'sk-proj-abcdef123456';
    const told: unknown[] = [];
    const log = { warn: (about: object, message: string) => told.push(about, message) };
    const echo = { message: `Incorrect API key ${KEY} or ${other} in "Bearer ${KEY}"` };
    for (const status of [401, 503]) {
      const { model } = await start([{ ...echo, status, headers: { 'x-echo': KEY } }], { log });
      const error = await model.generate(question).catch((thrown: unknown) => thrown);
      const seen = inspect([error, told], { depth: 20, showHidden: true }) + JSON.stringify(error);
      expect(seen).toContain('Incorrect API key');
      expect(seen).not.toContain(KEY);
      expect(seen).not.toContain(other);
      await stopServers();
    }
    expect(told.length).toBeGreaterThan(0);
  });
});
