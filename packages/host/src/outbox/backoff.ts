/** Half of `ceiling` ms for certain, the other half by chance: what failed together does not come back together. */
export function jittered(ceiling: number): number {
  return ceiling / 2 + Math.random() * (ceiling / 2);
}

/** Ceiling in ms of the `step`-th wait (1 is the first): doubled each time, never above `longest`. */
export function doubled(first: number, step: number, longest: number): number {
  return Math.min(longest, first * 2 ** Math.min(step - 1, 30));
}
