import { z } from 'zod';
import type { FakeModel } from './model.ts';
import { type FakeServer, serve } from './serve.ts';

/*
 * LoRAX as documented: POST /generate with `adapter_id`, `adapter_source` and `decoder_input_details`
 * (https://loraexchange.ai/reference/openapi.json, schemas GenerateParameters and PrefillToken).
 */
const Generate = z.strictObject({
  inputs: z.string(),
  parameters: z.strictObject({
    adapter_id: z.string().optional(),
    adapter_source: z.literal('local').optional(),
    max_new_tokens: z.literal(1),
    details: z.literal(true),
    decoder_input_details: z.literal(true),
  }),
});

export async function serveLorax(model: FakeModel): Promise<FakeServer> {
  return serve((path, body) => {
    if (path !== 'POST /generate') return { status: 404, json: { error: 'Not Found' } };
    const { inputs, parameters } = Generate.parse(JSON.parse(body.toString()));
    const adapters = parameters.adapter_id === undefined ? [] : [model.readPeft(parameters.adapter_id)];
    const tokens = model.tokenizer.encode(inputs);
    const logprobs = model.logProbabilities(tokens, adapters);
    const prefill = tokens.map((id, index) => ({ id, text: model.tokenizer.decode([id]), logprob: logprobs[index] }));
    const details = { finish_reason: 'length', prompt_tokens: tokens.length, generated_tokens: 1, prefill, tokens: [] };
    return { json: { generated_text: '', details } };
  });
}
