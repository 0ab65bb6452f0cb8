import type { Usage } from '@continuum/contract/ports/language-model';
import { z } from 'zod';
import type { ValueCache } from './budget.ts';

const KEEP_MS = 30 * 86_400_000;
const Entry = z.object({ json: z.unknown(), promptTokens: z.number(), completionTokens: z.number() });

/** Answers by the hash of everything that led to them, for 30 days. A cache that fails costs a request, never an answer. */
export class AnswerCache {
  readonly #cache: ValueCache;
  readonly #prefix: string;
  readonly #now: () => Date;

  constructor(cache: ValueCache, model: string, now: () => Date) {
    this.#cache = cache;
    this.#prefix = `model-answer:${model}:`;
    this.#now = now;
  }

  /** The answer with what it cost when it was given; undefined when there is none that fits the schema. */
  async get<T>(key: string, schema: z.ZodType<T>): Promise<{ value: T; json: unknown; usage: Usage } | undefined> {
    const entry = Entry.safeParse(await this.#cache.get(this.#prefix + key).catch(() => undefined));
    if (!entry.success) return undefined;
    const { json, promptTokens, completionTokens } = entry.data;
    const value = await schema.safeParseAsync(json);
    if (!value.success) return undefined;
    return { value: value.data, json, usage: { promptTokens, completionTokens, cached: true } };
  }

  async set(key: string, json: unknown, { promptTokens, completionTokens }: Usage): Promise<void> {
    const expiry = new Date(this.#now().getTime() + KEEP_MS);
    const entry = { json, promptTokens, completionTokens };
    await this.#cache.set(this.#prefix + key, entry, expiry).catch(() => undefined);
  }
}
