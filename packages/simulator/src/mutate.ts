import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { findMutant, mutate } from './mutants.ts';

/*
 * Loaded before everything else (`--import`): puts the mutant that SIMULATOR_MUTANT names into its file while that is loaded.
 * The files themselves stay as they are.
 */
const mutant = findMutant(process.env.SIMULATOR_MUTANT ?? '');
let isDone = false;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.startsWith('file:') || !fileURLToPath(url).endsWith(`/${mutant.file}`)) return loaded;
    isDone = true;
    return { ...loaded, source: mutate(String(loaded.source), mutant) };
  },
});

process.on('exit', () => {
  if (!isDone) throw new Error(`${mutant.file} was never loaded`);
});
