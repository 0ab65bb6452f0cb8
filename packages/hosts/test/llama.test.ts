import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { layerHostContract } from '@continuum/testing/layer-host-contract';
import { describe, expect, test } from 'vitest';
import { createLlamaHost } from '../src/llama.ts';

/*
 * llama.cpp itself. The engine (85 MB for the CPU alone) is no dependency; bring it with
 *   npm install --prefix .continuum/llama --omit=optional --ignore-scripts node-llama-cpp@3.22.1 @node-llama-cpp/linux-x64@3.22.1
 */
const llamaFolder = process.env.CONTINUUM_LLAMA ?? join(import.meta.dirname, '../../../.continuum/llama');
const isThere = existsSync(join(llamaFolder, 'node_modules/node-llama-cpp'));

describe.skipIf(!isThere)('llama.cpp', () => {
  layerHostContract('llama.cpp', {
    // llama.cpp keeps keys and values as 16-bit floats.
    tolerance: 1e-2,
    open: async (world) => {
      const cacheFolder = join(world.folder, 'cache');
      return { host: await createLlamaHost({ llamaFolder, baseFolder: world.base.folder, cacheFolder }) };
    },
  });
});

test('without an installed llama.cpp the way to it is said', async () => {
  const options = { llamaFolder: '/nowhere', baseFolder: '/nowhere', cacheFolder: '/nowhere' };
  await expect(createLlamaHost(options)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});
