import type { GenerateOptions } from '@continuum/contract/ports/language-model';
import { type ModelScript, type ScriptedModel, startScriptedModel } from '@continuum/testing/scripted-model';
import { z } from 'zod';
import type { ValueCache } from '../src/budget.ts';
import { createOpenAiModel, type OpenAiModelOptions } from '../src/openai.ts';

export const Verdict = z.object({ verdict: z.enum(['post', 'skip']), line: z.number().int() });
type Verdict = z.infer<typeof Verdict>;
export const GOOD = '{"verdict":"post","line":7}';
export const VALUE: Verdict = { verdict: 'post', line: 7 };
export const KEY = 'sk-test-4f9a1c2b3d';

export const question: GenerateOptions<Verdict> = {
  messages: [
    { role: 'system', content: 'You judge findings.' },
    { role: 'user', content: 'Is this one?' },
  ],
  schema: Verdict,
  schemaName: 'verdict',
};

export class MemoryCache implements ValueCache {
  readonly values = new Map<string, unknown>();
  async get(key: string): Promise<unknown> {
    return this.values.get(key);
  }
  async set(key: string, value: unknown): Promise<void> {
    this.values.set(key, structuredClone(value));
  }
}

const servers: ScriptedModel[] = [];

/** Ends every server that `start` began. */
export async function stopServers(): Promise<void> {
  await Promise.all(servers.splice(0).map((server) => server.close()));
}

/** A model over a scripted server, with what the server was asked. */
export async function start(script: ModelScript, options: Partial<OpenAiModelOptions> = {}) {
  const server = await startScriptedModel(script);
  servers.push(server);
  const cache = new MemoryCache();
  const settings = { apiKey: KEY, baseUrl: server.baseUrl, model: 'toy', cache, budget: {}, ...options };
  return { model: createOpenAiModel(settings), requests: server.requests, cache, settings };
}
