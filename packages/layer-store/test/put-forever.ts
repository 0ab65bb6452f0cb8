import { join } from 'node:path';
import { tinyWeights } from '@continuum/testing/tiny-model';
import { openLayerStore } from '../src/layer-store.ts';
import { about, peftFolder } from './layers.ts';

/** Child process of crash.test.ts: puts layer after layer, 1 MB each, and prints every id that was acknowledged. */
const [root = '', first = '0'] = process.argv.slice(2);
const { config } = tinyWeights({ hiddenSize: 1024, heads: 4, kvHeads: 4, layers: 1, intermediateSize: 8 });
const layers = await openLayerStore({ folder: join(root, 'layers'), keyFolder: join(root, 'keys') });
for (let seed = Number(first); ; seed += 1) {
  const { id } = await layers.put(await peftFolder(root, seed, config, 128), about);
  process.stdout.write(`${id}\n`);
}
