/** Up to here all patterns of signs are counted, above them a sample is drawn. */
const MOST_EXACT = 14;
const DRAWN = 20_000;

/**
 * Probability that paired gains would sum to this much by luck alone, if gains and losses were as likely: the one-sided
 * sign-flip test (Fisher 1935, The Design of Experiments, section 21), exact for up to 14 pairs. The same gains give the same answer.
 */
export function signFlipTest(gains: readonly number[]): number {
  const sum = gains.reduce((total, gain) => total + gain, 0);
  // Rounding must not decide a tie against the null hypothesis.
  const reach = sum - 1e-9 * gains.reduce((total, gain) => total + Math.abs(gain), 0);
  return gains.length <= MOST_EXACT ? countAll(gains, reach) : sample(gains, reach);
}

function countAll(gains: readonly number[], reach: number): number {
  const patterns = 2 ** gains.length;
  let atLeast = 0;
  for (let pattern = 0; pattern < patterns; pattern++) {
    const sum = gains.reduce((total, gain, index) => total + ((pattern >> index) & 1 ? -gain : gain), 0);
    if (sum >= reach) atLeast += 1;
  }
  return atLeast / patterns;
}

function sample(gains: readonly number[], reach: number): number {
  const flip = coin(gains.length);
  // The order seen is one of the possible ones, so that the answer is never zero.
  let atLeast = 1;
  for (let draw = 0; draw < DRAWN; draw++) {
    const sum = gains.reduce((total, gain) => total + (flip() ? gain : -gain), 0);
    if (sum >= reach) atLeast += 1;
  }
  return atLeast / (DRAWN + 1);
}

/** A fair coin with a fixed beginning: xorshift32 (Marsaglia 2003). */
function coin(seed: number): () => boolean {
  let state = (0x9e3779b9 ^ Math.imul(seed, 0x85ebca6b)) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state & 0x10000) !== 0;
  };
}
