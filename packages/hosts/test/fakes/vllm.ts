import type { Adapter } from '@continuum/contract/adapter';
import { z } from 'zod';
import type { FakeModel } from './model.ts';
import { type FakeServer, type Reply, serve } from './serve.ts';

/*
 * vLLM as documented: POST /v1/load_lora_adapter and /v1/unload_lora_adapter
 * (https://docs.vllm.ai/en/latest/features/lora/#dynamically-serving-lora-adapters), and `prompt_logprobs` with prompts of
 * token ids (https://docs.vllm.ai/en/latest/serving/openai_compatible_server/#completions-api).
 */
const Load = z.strictObject({ lora_name: z.string().min(1), lora_path: z.string().min(1) });
const Unload = z.strictObject({ lora_name: z.string().min(1) });
const Complete = z.strictObject({
  model: z.string(),
  prompt: z.array(z.array(z.number().int())),
  max_tokens: z.number().int().min(1),
  temperature: z.number(),
  prompt_logprobs: z.number().int().min(0),
});

export interface FakeVllm extends FakeServer {
  readonly names: () => string[];
  /** As after a restart. */
  loseAll(): void;
}

export async function serveVllm(model: FakeModel, baseName: string): Promise<FakeVllm> {
  const adapters = new Map<string, Adapter>();
  const wrong = (status: number, message: string): Reply => ({ status, json: { error: { message, code: status } } });
  const server = await serve((path, body) => {
    const json: unknown = JSON.parse(body.toString());
    if (path === 'POST /v1/load_lora_adapter') {
      const { lora_name, lora_path } = Load.parse(json);
      if (adapters.has(lora_name)) return wrong(400, `The lora adapter '${lora_name}' has already been loaded.`);
      adapters.set(lora_name, model.readPeft(lora_path));
      return { text: `Success: LoRA adapter '${lora_name}' added successfully.` };
    }
    if (path === 'POST /v1/unload_lora_adapter') {
      const { lora_name } = Unload.parse(json);
      if (!adapters.delete(lora_name)) return wrong(404, `The lora adapter '${lora_name}' cannot be found.`);
      return { text: `Success: LoRA adapter '${lora_name}' removed successfully.` };
    }
    if (path !== 'POST /v1/completions') return wrong(404, 'Not Found');
    const { model: name, prompt } = Complete.parse(json);
    const adapter = adapters.get(name);
    if (adapter === undefined && name !== baseName) return wrong(404, `The model \`${name}\` does not exist.`);
    const choices = prompt.map((tokens, index) => ({
      index,
      text: '',
      prompt_logprobs: model
        .logProbabilities(tokens, adapter === undefined ? [] : [adapter])
        .map((logprob, at) => (logprob === null ? null : { [String(tokens[at])]: { logprob, rank: 1 } })),
    }));
    // The order of choices is not promised; their index is.
    return { json: { object: 'text_completion', model: name, choices: choices.toReversed() } };
  });
  return { ...server, names: () => [...adapters.keys()], loseAll: () => adapters.clear() };
}
