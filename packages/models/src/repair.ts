import type { OpenAIMessage } from '@continuum/contract/learning';
import { z } from 'zod';
import { jsonCandidates } from './extract-json.ts';

export type ReadAnswer<T> =
  | { readonly ok: true; readonly value: T; readonly json: unknown }
  | { readonly ok: false; readonly problem: string };

/** The value that an answer means, or what is wrong with it in words that a model can act on. */
export async function readAnswer<T>(schema: z.ZodType<T>, answer: string): Promise<ReadAnswer<T>> {
  let problem: string | undefined;
  for (const json of jsonCandidates(answer)) {
    const parsed = await schema.safeParseAsync(json);
    if (parsed.success) return { ok: true, value: parsed.data, json };
    problem ??= z.prettifyError(parsed.error);
  }
  return { ok: false, problem: (problem ?? 'There is no JSON value in it.').slice(0, 2000) };
}

/** The messages of the one repair round. */
export function repairMessages(messages: readonly OpenAIMessage[], answer: string, problem: string): OpenAIMessage[] {
  const content = `That answer does not match the schema:\n${problem}\nAnswer again with the corrected JSON value and nothing else.`;
  return [...messages, { role: 'assistant', content: answer }, { role: 'user', content }];
}
