import { createHash } from 'node:crypto';
import type { Adapter } from '@continuum/contract/adapter';
import { z } from 'zod';
import type { FakeModel } from './model.ts';
import { type FakeServer, type Reply, serve } from './serve.ts';

/*
 * Ollama as documented: POST /api/blobs/:digest, /api/create with `from` and `adapters`, DELETE /api/delete, and /api/generate
 * with `raw`, `logprobs` and at most 20 `top_logprobs` (https://github.com/ollama/ollama/blob/main/docs/api.md and
 * docs/openapi.yaml).
 */
const Create = z.strictObject({
  model: z.string(),
  from: z.string(),
  adapters: z.record(z.string(), z.string()),
  stream: z.literal(false),
});
const Generate = z.strictObject({
  model: z.string(),
  prompt: z.string(),
  raw: z.literal(true),
  stream: z.literal(false),
  logprobs: z.literal(true),
  top_logprobs: z.number().int().max(20),
  options: z.strictObject({ num_predict: z.literal(1), temperature: z.number(), num_ctx: z.number().int() }),
});

export interface FakeOllama extends FakeServer {
  readonly names: () => string[];
}

export async function serveOllama(model: FakeModel, baseName: string): Promise<FakeOllama> {
  const blobs = new Map<string, Buffer>();
  const models = new Map<string, Adapter[]>([[baseName, []]]);
  const missing = (what: string): Reply => ({ status: 404, json: { error: `${what} not found` } });
  const create = (json: unknown): Reply => {
    const { model: name, from, adapters } = Create.parse(json);
    const files = Object.values(adapters).map((digest) => blobs.get(digest));
    if (!models.has(from) || files.includes(undefined)) return missing('model or blob');
    models.set(
      name,
      files.map((file) => model.readGguf(file ?? Buffer.alloc(0))),
    );
    return { json: { status: 'success' } };
  };
  const generate = (json: unknown): Reply => {
    const { model: name, prompt, top_logprobs } = Generate.parse(json);
    const adapters = models.get(name);
    if (adapters === undefined) return missing(`model '${name}'`);
    const distribution = model.next(model.tokenizer.encode(prompt), adapters);
    const tokens = model.top(distribution, top_logprobs).map((id) => {
      return { token: model.tokenizer.decode([id]), logprob: distribution[id] };
    });
    return { json: { model: name, done: true, logprobs: [{ ...tokens[0], top_logprobs: tokens }] } };
  };
  const server = await serve((path, body) => {
    const [, digest] = /^POST \/api\/blobs\/(sha256:[0-9a-f]{64})$/.exec(path) ?? [];
    if (digest !== undefined) {
      if (digest !== `sha256:${createHash('sha256').update(body).digest('hex')}`) return { status: 400, text: '' };
      blobs.set(digest, body);
      return { status: 201, text: '' };
    }
    const json: unknown = JSON.parse(body.toString());
    if (path === 'POST /api/create') return create(json);
    if (path === 'POST /api/generate') return generate(json);
    const name = z.object({ model: z.string() }).parse(json).model;
    return path === 'DELETE /api/delete' && models.delete(name) ? { text: '' } : missing(path);
  });
  return { ...server, names: () => [...models.keys()] };
}
