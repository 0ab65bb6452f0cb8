import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createOpenAiModel } from '../src/openai.ts';

/*
 * llama.cpp with a model of random weights: it cannot say anything sensible, so an answer that fits its schema shows that
 * the schema went through as a grammar. The engine (85 MB for the CPU alone) is no dependency; bring it with
 *   npm install --prefix .continuum/llama --omit=optional --ignore-scripts node-llama-cpp@3.22.1 @node-llama-cpp/linux-x64@3.22.1
 */
const home = process.env.CONTINUUM_LLAMA ?? join(import.meta.dirname, '../../../.continuum/llama');
const isThere = existsSync(join(home, 'node_modules/node-llama-cpp'));
const how =
  'npm install --prefix .continuum/llama --omit=optional --ignore-scripts node-llama-cpp@3.22.1 @node-llama-cpp/linux-x64@3.22.1';

describe.skipIf(!isThere)(isThere ? 'llama.cpp' : `llama.cpp (not here: ${how})`, () => {
  let folder: string;
  let server: ChildProcess;
  let baseUrl: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llama-'));
    const program = join(import.meta.dirname, 'fixtures/llama-server.mjs');
    const child = spawn(process.execPath, [program, home, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    server = child;
    const [port] = await child.stdout.setEncoding('utf8').take(1).toArray();
    baseUrl = `http://127.0.0.1:${String(port).trim()}/v1`;
  });
  afterAll(async () => {
    server.kill();
    await rm(folder, { recursive: true });
  });

  const schema = z.object({
    verdict: z.enum(['post', 'skip', 'ask']),
    certain: z.boolean(),
    grounds: z.array(z.object({ kind: z.enum(['memory', 'rule', 'facts']), counts: z.boolean() })).max(3),
  });
  const messages = [{ role: 'user', content: 'Is `eval(input)` worth a finding?' }] as const;
  const model = () =>
    createOpenAiModel({
      baseUrl,
      model: 'toy',
      cache: { get: async () => undefined, set: async () => undefined },
      budget: { timeoutMs: 20_000 },
    });

  test('keeps to the schema and counts its tokens', async () => {
    const { value, usage } = await model().generate({ messages, schema, schemaName: 'verdict' });
    expect(schema.parse(value)).toEqual(value);
    expect(usage.promptTokens).toBeGreaterThan(20);
    expect(usage.completionTokens).toBeGreaterThan(20);
  });

  test('streams the same answer', async () => {
    const pieces: string[] = [];
    const options = { messages, schema, schemaName: 'verdict' };
    const whole = await model().generate(options);
    const streamed = await model().generate({ ...options, onText: (piece) => pieces.push(piece) });
    expect(streamed.value).toEqual(whole.value);
    expect(pieces.length).toBeGreaterThan(5);
    expect(schema.parse(JSON.parse(pieces.join('')))).toEqual(whole.value);
  });

  test('an answer that its limit cut off is said so', async () => {
    const cut = model().generate({ messages, schema, schemaName: 'verdict', maxTokens: 5 });
    await expect(cut).rejects.toMatchObject({ code: 'MODEL_BAD_OUTPUT', message: expect.stringContaining('cut off') });
  });
});
