import { startChild } from './child.ts';
import { MUTANTS, type Mutant } from './mutants.ts';
import type { Failed } from './worker.ts';

/** Seeds that a mutant may live through. */
const MOST_SEEDS = 10_000;
const CHUNK = 25;

interface Caught {
  readonly mutant: Mutant;
  readonly by: Failed | undefined;
  readonly seconds: number;
}

/** Runs seeds with one mutant in our code until one fails; undefined when none does. */
export async function hunt(mutant: Mutant, mostSeeds = MOST_SEEDS): Promise<Failed | undefined> {
  const child = startChild(mutant.name);
  try {
    for (let from = 0; from < mostSeeds; from += CHUNK) {
      const { failures } = await child.run({ from, count: CHUNK, replayEvery: 0 });
      if (failures[0] !== undefined) return failures[0];
    }
    return undefined;
  } finally {
    child.stop();
  }
}

/** Hunts all mutants, or the one of this name, and prints what caught each. False when one was not caught. */
export async function catchMutants(name: string | undefined, workers: number): Promise<boolean> {
  const waiting = MUTANTS.filter((mutant) => name === undefined || mutant.name === name);
  const all: Caught[] = [];
  const serve = async (): Promise<void> => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const began = performance.now();
      const caught = { mutant, by: await hunt(mutant), seconds: (performance.now() - began) / 1000 };
      all.push(caught);
      console.log(toLine(caught));
    }
  };
  await Promise.all(Array.from({ length: workers }, serve));
  const escaped = all.filter(({ by }) => by === undefined);
  console.log(`${all.length - escaped.length} of ${all.length} mutants caught`);
  return all.length > 0 && escaped.length === 0;
}

function toLine({ mutant, by, seconds }: Caught): string {
  const how = by === undefined ? 'NOT CAUGHT' : `seed ${by.seed}: ${by.failure.invariant}`;
  return `${mutant.name.padEnd(44)} ${how.padEnd(60)} ${seconds.toFixed(1)} s`;
}
