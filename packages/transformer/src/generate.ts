import { forward } from './forward.ts';
import type { Lora } from './lora.ts';
import type { Model } from './model.ts';
import { project } from './outputs.ts';
import { type KeyValueCache, planRun } from './plan.ts';
import { mulberry32 } from './random.ts';

export interface GenerateOptions {
  readonly maxTokens: number;
  /** Ends the text; not part of the answer. */
  readonly stop?: readonly number[];
  /** 0, the default, takes the likeliest token. */
  readonly temperature?: number;
  readonly seed?: number;
}

/** Tokens after the prompt, one forward pass of one row each; the prompt is computed once. Leaves its cache in scratch memory. */
export function generateTokens(
  model: Model,
  prompt: readonly number[],
  adapters: readonly ReadonlyMap<string, Lora>[],
  options: GenerateOptions,
): number[] {
  const { arena, config } = model;
  const room = Math.min(options.maxTokens, config.maxPositions - prompt.length);
  const cache = createCache(model, prompt.length + Math.max(0, room));
  const random = mulberry32(options.seed ?? 0);
  const made: number[] = [];
  let run = prompt;
  while (made.length < room) {
    const mark = arena.mark();
    const { hidden } = forward(model, planRun(run, adapters, { only: 'last', cache }));
    cache.length += run.length;
    const logits = arena.view(project(model, hidden, 1), config.vocabSize);
    const token = choose(logits, options.temperature ?? 0, random);
    arena.reset(mark);
    if (options.stop?.includes(token) === true) break;
    made.push(token);
    run = [token];
  }
  return made;
}

function createCache({ arena, config, kvSize }: Model, capacity: number): KeyValueCache {
  const perLayer = () => Array.from({ length: config.layers }, () => arena.floats(capacity * kvSize));
  return { keys: perLayer(), values: perLayer(), capacity, length: 0 };
}

function choose(logits: Float32Array, temperature: number, random: () => number): number {
  const best = logits.reduce((most, value, token) => (value > (logits[most] ?? 0) ? token : most), 0);
  if (temperature <= 0) return best;
  const top = logits[best] ?? 0;
  const weights = Float64Array.from(logits, (logit) => Math.exp((logit - top) / temperature));
  let left = random() * weights.reduce((sum, weight) => sum + weight, 0);
  const chosen = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  return chosen < 0 ? best : chosen;
}
