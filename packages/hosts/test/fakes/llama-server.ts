import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { FakeModel } from './model.ts';
import { type Reply, serve } from './serve.ts';

/*
 * `node llama-server.ts <base folder> --model ...`: llama.cpp's server as documented, adapters from --lora at the start only,
 * POST /completion with `lora`, `logit_bias` and `n_probs`
 * (https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md).
 */
const text = { type: 'string' } as const;
const names = ['model', 'ctx-size', 'parallel', 'threads', 'lora', 'host', 'port'] as const;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...Object.fromEntries(names.map((name) => [name, text])),
    'lora-init-without-apply': { type: 'boolean' },
  },
});
const Values = z.object({ model: z.string(), port: z.coerce.number(), lora: z.string().default('') });
const { model: gguf, port, lora } = Values.parse(values);
if (readFileSync(gguf).subarray(0, 4).toString() !== 'GGUF') throw new Error('no GGUF');
const model = new FakeModel(positionals[0] ?? '');
const adapters = lora
  .split(',')
  .filter(Boolean)
  .map((path) => model.readGguf(readFileSync(path)));

const Complete = z.strictObject({
  prompt: z.array(z.number().int()),
  lora: z.array(z.strictObject({ id: z.number().int().min(0), scale: z.literal(1) })),
  logit_bias: z.tuple([z.tuple([z.number().int(), z.number()])]),
  temperature: z.literal(-1),
  n_predict: z.literal(1),
  n_probs: z.literal(1),
  cache_prompt: z.boolean(),
  stream: z.literal(false),
});

function complete(json: unknown): Reply {
  const { prompt, lora: chosen, logit_bias } = Complete.parse(json);
  const used = chosen.map(({ id }) => adapters[id]);
  if (used.some((adapter) => adapter === undefined)) return { status: 400, json: { error: 'invalid adapter id' } };
  const distribution = model.next(
    prompt,
    used.flatMap((adapter) => adapter ?? []),
  );
  const [[forced, bias]] = logit_bias;
  const biased = distribution.with(forced, (distribution[forced] ?? 0) + bias);
  const [id = 0] = model.top(biased, 1);
  const [likeliest = 0] = model.top(distribution, 1);
  const tokenOf = (each: number) => ({ id: each, token: '', bytes: [], logprob: distribution[each] });
  return { json: { content: '', completion_probabilities: [{ ...tokenOf(id), top_logprobs: [tokenOf(likeliest)] }] } };
}

await serve((path, body, request) => {
  if (path === 'GET /health') return { json: { status: 'ok' } };
  const isAllowed = request.headers.authorization === `Bearer ${process.env.LLAMA_API_KEY}`;
  if (!isAllowed) return { status: 401, json: { error: 'Invalid API Key' } };
  return path === 'POST /completion' ? complete(JSON.parse(body.toString())) : { status: 404, json: {} };
}, port);
