/** What a probability may not leave: one sure mistake must not outweigh a hundred good answers. */
const SURE = 1e-4;

/** Of a case that was wanted or not, the negative log of the probability given to what came true, in nats. */
export function logLoss(probability: number, wanted: boolean): number {
  const given = wanted ? probability : 1 - probability;
  return -Math.log(Math.min(1 - SURE, Math.max(SURE, given)));
}

/** Is a case on the right side of one half? */
export function isRight(probability: number, wanted: boolean): boolean {
  return probability >= 0.5 === wanted;
}
