import { mulberry32 } from '@continuum/transformer/random';

/** Standard normal numbers from a seed: mulberry32 and Box-Muller. The same seed gives the same numbers everywhere. */
export function seededNormal(seed: number): () => number {
  const uniform = mulberry32(seed);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
