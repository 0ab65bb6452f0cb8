import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';
import type { LayerContents } from './contents.ts';
import { isMissing, readHashed } from './files.ts';
import { CONFIG, MAX_TEXT_BYTES, WEIGHTS } from './manifest.ts';

/**
 * The two files of a PEFT folder; what else lies there (a model card, checkpoints) is left. Throws NOT_FOUND for a folder
 * without them, LAYER_CORRUPT where a pickle lies in their place, INVALID_INPUT for links, PAYLOAD_TOO_LARGE.
 */
export async function readPeftFolder(folder: string): Promise<LayerContents> {
  const weights = await readHashed(join(folder, WEIGHTS)).catch(async (error: unknown) => {
    if (!isMissing(error)) throw error;
    throw await missing(folder, WEIGHTS);
  });
  const config = await readHashed(join(folder, CONFIG), MAX_TEXT_BYTES).catch(async (error: unknown) => {
    if (!isMissing(error)) throw error;
    throw await missing(folder, CONFIG);
  });
  return { config, weights };
}

async function missing(folder: string, name: string): Promise<ContinuumError> {
  const pickle = await stat(join(folder, 'adapter_model.bin')).catch(() => undefined);
  if (pickle !== undefined) {
    return new ContinuumError('LAYER_CORRUPT', `${folder} holds its weights as a pickle, adapter_model.bin.`, {
      next: 'Pickles can run code and are never opened: save it with save_pretrained(..., safe_serialization=True).',
    });
  }
  return new ContinuumError('NOT_FOUND', `${folder} has no ${name}.`, {
    next: 'Give the folder of a trained adapter.',
  });
}
