import { inspect } from 'node:util';
import type { GenerateOptions } from '@continuum/contract/ports/language-model';
import {
  type ModelRequest,
  type ModelScript,
  type ScriptedModel,
  startScriptedModel,
} from '@continuum/testing/scripted-model';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { ValueCache } from '../src/budget.ts';
import { createOpenAiModel, type OpenAiModelOptions } from '../src/openai.ts';

const Verdict = z.object({ verdict: z.enum(['post', 'skip']), line: z.number().int() });
type Verdict = z.infer<typeof Verdict>;
const GOOD = '{"verdict":"post","line":7}';
const VALUE: Verdict = { verdict: 'post', line: 7 };
const KEY = 'sk-test-4f9a1c2b3d';

const question: GenerateOptions<Verdict> = {
  messages: [
    { role: 'system', content: 'You judge findings.' },
    { role: 'user', content: 'Is this one?' },
  ],
  schema: Verdict,
  schemaName: 'verdict',
};

class MemoryCache implements ValueCache {
  readonly values = new Map<string, unknown>();
  async get(key: string): Promise<unknown> {
    return this.values.get(key);
  }
  async set(key: string, value: unknown): Promise<void> {
    this.values.set(key, structuredClone(value));
  }
}

let server: ScriptedModel | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(script: ModelScript, options: Partial<OpenAiModelOptions> = {}) {
  server = await startScriptedModel(script);
  const cache = new MemoryCache();
  const settings = { apiKey: KEY, baseUrl: server.baseUrl, model: 'toy', cache, budget: {}, ...options };
  return { model: createOpenAiModel(settings), requests: server.requests, cache, settings };
}

/** A server that turns requests away as long as `wrong` finds something in them. */
function picky(wrong: (request: ModelRequest) => string | undefined, status = 400): ModelScript {
  return (request) => {
    const message = wrong(request);
    return message === undefined ? GOOD : { status, message };
  };
}

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

describe('a server that knows less', () => {
  test('no json_schema: json_object, with the schema in words; and that is kept', async () => {
    const noSchema = picky((request) =>
      request.response_format?.type === 'json_schema' ? 'bad response_format' : undefined,
    );
    const { model, requests } = await start(noSchema);
    expect((await model.generate(question)).value).toEqual(VALUE);
    expect(requests[1]?.response_format).toEqual({ type: 'json_object' });
    expect(requests[1]?.messages.at(-1)).toMatchObject({ role: 'user', content: expect.stringContaining('"verdict"') });
    await model.generate({ ...question, temperature: 1 });
    expect(requests).toHaveLength(3);
  });

  test('no response_format at all: JSON found in plain text', async () => {
    const text = `Sure! \`\`\`json\n${GOOD}\n\`\`\` Anything else?`;
    const { model, requests } = await start((request) =>
      request.response_format === undefined ? text : { status: 422, message: 'extra fields not permitted' },
    );
    expect((await model.generate(question)).value).toEqual(VALUE);
    expect(requests).toHaveLength(3);
  });

  test('a schema that it cannot turn into a grammar, told by 500', async () => {
    const noGrammar = picky(
      (request) => (request.response_format?.type === 'json_schema' ? 'failed to parse grammar' : undefined),
      500,
    );
    const { model, requests } = await start(noGrammar);
    expect((await model.generate(question)).value).toEqual(VALUE);
    expect(requests).toHaveLength(2);
  });

  test('a reasoning model: max_completion_tokens, no temperature, and the schema stays', async () => {
    const reasoning = picky((request) => {
      if (request.max_tokens !== undefined)
        return "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.";
      return request.temperature === undefined ? undefined : "Unsupported value: 'temperature' does not support 0.";
    });
    const { model, requests } = await start(reasoning);
    expect((await model.generate(question)).value).toEqual(VALUE);
    expect(requests.at(-1)).toMatchObject({ max_completion_tokens: 2048, response_format: { type: 'json_schema' } });
  });

  test('a prompt too long for it is said at once, and the dialect is not blamed', async () => {
    const { model, requests } = await start([
      { status: 400, message: "This model's maximum context length is 4096 tokens" },
    ]);
    await expect(model.generate(question)).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE', retryable: false });
    expect(requests).toHaveLength(1);
  });

  test('a 400 for its own reasons leaves the dialect as it was', async () => {
    const { model, requests } = await start((_, index) => (index < 3 ? { status: 400, message: 'no' } : GOOD));
    await expect(model.generate(question)).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
    await model.generate(question);
    expect(requests.at(-1)?.response_format?.type).toBe('json_schema');
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
      await server?.close();
    }
  });
});

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
    const { model } = await start([trouble, GOOD]);
    expect((await model.generate({ ...question, onText: () => undefined })).value).toEqual(VALUE);
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
    await server?.close();
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
      await server?.close();
    }
    expect(told.length).toBeGreaterThan(0);
  });
});

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
