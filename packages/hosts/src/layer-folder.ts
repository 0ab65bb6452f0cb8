import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Adapter } from '@continuum/contract/adapter';
import { ContinuumError } from '@continuum/contract/errors';
import { type LayerId, Sha256 } from '@continuum/contract/layer';
import type { LoadableLayer } from '@continuum/contract/ports/policy';
import { fromPeft, type PeftFiles } from '@continuum/transformer/format/peft';
import { z } from 'zod';
import type { Base } from './base.ts';

const About = z.object({ base_model_name_or_path: z.string().nullish() });

/** The two files of a layer: as the store verified them, else from its folder. Throws LAYER_CORRUPT when they cannot be read. */
export async function readLayerFolder({ id, folder, content }: LoadableLayer): Promise<PeftFiles> {
  // A thread that took the bytes over left none behind.
  if (content !== undefined && content.weights.byteLength > 0) return content;
  try {
    const [config, weights] = await Promise.all([
      readFile(join(folder, 'adapter_config.json'), 'utf8'),
      readFile(join(folder, 'adapter_model.safetensors')),
    ]);
    return { config, weights };
  } catch (cause) {
    throw new ContinuumError('LAYER_CORRUPT', `The folder of ${id} cannot be read.`, {
      next: 'Open the layer from the store again.',
      cause,
    });
  }
}

/** The adapter in a PEFT folder, checked against the base. Throws LAYER_CORRUPT, LAYER_INCOMPATIBLE. */
export function toAdapter(files: PeftFiles, base: Pick<Base, 'config' | 'baseModel'>): Adapter {
  assertMadeFor(files.config, base.baseModel);
  return fromPeft(files, base.config);
}

/** Another tool writes a name there; what this project writes is the hash of the base. */
function assertMadeFor(config: string, baseModel: string): void {
  const made = madeFor(config);
  const isHash = Sha256.safeParse(made).success && Sha256.safeParse(baseModel).success;
  if (!isHash || made === baseModel) return;
  throw new ContinuumError('LAYER_INCOMPATIBLE', `The layer was made for the base ${made}, not ${baseModel}.`, {
    next: 'Train the layer anew on this base.',
  });
}

function madeFor(config: string): string | null | undefined {
  try {
    return About.safeParse(JSON.parse(config)).data?.base_model_name_or_path;
  } catch {
    // The reader of the whole configuration says what is wrong with it.
    return undefined;
  }
}

/** What a request hears that names a layer which is not there. */
export function notLoaded(id: LayerId): ContinuumError {
  return new ContinuumError('LAYER_NOT_LOADED', `${id} is not loaded.`, { next: 'Load it first.' });
}
