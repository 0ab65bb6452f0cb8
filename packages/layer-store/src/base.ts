import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelConfig } from '@continuum/contract/adapter';
import { ContinuumError } from '@continuum/contract/errors';
import { readModelConfig } from '@continuum/transformer/format/weights';
import { isMissing } from './files.ts';

/** The base model that a store serves: the SHA-256 of its weights, and its shape for checks. */
export interface KnownBase {
  readonly baseModel: string;
  readonly config: ModelConfig;
}

/** Reads shape and hash of the base model in a folder. Throws CONFIG_INVALID when there is none or it is no Llama. */
export async function readBase(folder: string): Promise<KnownBase> {
  try {
    const config = readModelConfig(await readFile(join(folder, 'config.json'), 'utf8'));
    const weights = await readFile(join(folder, 'model.safetensors'));
    return { config, baseModel: createHash('sha256').update(weights).digest('hex') };
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    throw new ContinuumError('CONFIG_INVALID', `${folder} holds no base model.`, {
      next: 'Give a folder with config.json and model.safetensors.',
      cause,
    });
  }
}
