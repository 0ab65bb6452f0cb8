import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ModelConfig } from '@continuum/contract/adapter';
import { ContinuumError } from '@continuum/contract/errors';
import { readModelConfig } from '@continuum/transformer/format/weights';
import { createTokenizer, type Tokenizer } from '@continuum/transformer/tokenizer';

/** What every host knows of its base without its weights: the shape that layers must fit, and how text becomes tokens. */
export interface Base {
  readonly config: ModelConfig;
  /** SHA-256 of model.safetensors. */
  readonly baseModel: string;
  readonly tokenizer: Tokenizer;
  readonly tokenizerJson: unknown;
}

/** One request as token ids; prompt and completion are encoded apart, so no token ever spans their border. */
export interface Encoded {
  readonly prompt: readonly number[];
  readonly completions: readonly (readonly number[])[];
}

/**
 * Reads `config.json` and `tokenizer.json` of a base folder; `baseModel` saves hashing weights of many gigabytes, or
 * stands for those that only the server has. Throws CONFIG_INVALID.
 */
export async function readBase(folder: string, baseModel?: string): Promise<Base> {
  const [configJson, tokenizerText] = await Promise.all([read(folder, 'config.json'), read(folder, 'tokenizer.json')]);
  const tokenizerJson = parse(tokenizerText);
  return {
    config: readModelConfig(configJson),
    baseModel: baseModel ?? (await hashOf(folder)),
    tokenizer: createTokenizer(tokenizerJson),
    tokenizerJson,
  };
}

/** A request as tokens. Throws INVALID_INPUT for one without a prompt, without words to score, or too long for the base. */
export function encode(
  base: Base,
  request: { readonly prompt: string; readonly completions: readonly string[] },
): Encoded {
  const prompt = base.tokenizer.encode(request.prompt);
  const completions = request.completions.map((completion) => base.tokenizer.encode(completion));
  if (prompt.length === 0 || completions.some((completion) => completion.length === 0)) {
    throw new ContinuumError('INVALID_INPUT', 'An empty prompt or an empty completion has no probability.', {
      next: 'Give both a text.',
    });
  }
  const longest = prompt.length + Math.max(0, ...completions.map(({ length }) => length));
  if (longest > base.config.maxPositions) {
    const limit = base.config.maxPositions;
    throw new ContinuumError('INVALID_INPUT', `A request of ${longest} tokens; the base takes ${limit}.`, {
      next: 'Shorten the prompt.',
    });
  }
  return { prompt, completions };
}

async function read(folder: string, name: string): Promise<string> {
  try {
    return await readFile(join(folder, name), 'utf8');
  } catch (cause) {
    throw new ContinuumError('CONFIG_INVALID', `The base model has no readable ${name}.`, {
      next: `Put config.json, model.safetensors and tokenizer.json into ${folder}.`,
      cause,
    });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ContinuumError('CONFIG_INVALID', "The base model's tokenizer.json is no JSON.", {
      next: 'Fetch the base model again.',
      cause,
    });
  }
}

async function hashOf(folder: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(join(folder, 'model.safetensors')), hash);
  } catch (cause) {
    throw new ContinuumError('CONFIG_INVALID', 'The base model has no readable model.safetensors.', {
      next: 'Put it beside config.json, or say its hash when only the server has it.',
      cause,
    });
  }
  return hash.digest('hex');
}
