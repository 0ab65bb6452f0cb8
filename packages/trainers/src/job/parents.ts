import { ContinuumError } from '@continuum/contract/errors';
import type { LayerId } from '@continuum/contract/layer';

/** The PEFT folder of a layer, verified just now: the layer store's `open`. */
export type LayerFolder = (id: LayerId) => Promise<string>;

/** The folders of the layers a job is trained on top of, outermost first. Throws INVALID_INPUT when nobody knows them. */
export async function parentFolders(parents: readonly LayerId[], layerFolder?: LayerFolder): Promise<string[]> {
  if (parents.length === 0) return [];
  if (layerFolder === undefined) {
    throw new ContinuumError('INVALID_INPUT', 'The job has parents, and this trainer does not know where layers lie.', {
      next: 'Give the embedded or the Python trainer the option layerFolder, or make the job without parents.',
    });
  }
  return Promise.all(parents.map(layerFolder));
}
