import type { ModelRequest, ModelScript } from '@continuum/testing/scripted-model';
import { afterEach, describe, expect, test } from 'vitest';
import { GOOD, question, start, stopServers, VALUE } from './start.ts';

afterEach(stopServers);

/** A server that turns requests away as long as `wrong` finds something in them. */
function picky(wrong: (request: ModelRequest) => string | undefined, status = 400): ModelScript {
  return (request) => {
    const message = wrong(request);
    return message === undefined ? GOOD : { status, message };
  };
}

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
