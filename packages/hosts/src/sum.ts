import { ContinuumError } from '@continuum/contract/errors';

/** The log-probability that a server gave to a token, by the token's id where it says so. */
export interface ScoredToken {
  readonly id?: number;
  /** Null for the first token of a text, which nothing precedes. */
  readonly logProbability: number | null;
}

/**
 * The log-probability of a completion out of a scored text that ends with it: the sum over its own tokens. A server that
 * joined the end of the prompt and the beginning of the completion into one token scored another text, which shows in the
 * ids. Throws INVALID_INPUT then, MODEL_UNAVAILABLE for an answer with tokens missing.
 */
export function sumOfCompletion(scored: readonly ScoredToken[], completion: readonly number[]): number {
  const tail = scored.slice(-completion.length);
  const isJoined = tail.some(({ id }, index) => id !== undefined && id !== completion[index]);
  if (isJoined) {
    throw new ContinuumError(
      'INVALID_INPUT',
      'The server cuts this text into other tokens than its prompt and completion.',
      {
        next: 'End the prompt where a word ends, and begin the completion with a space or a new line.',
      },
    );
  }
  const sum = tail.reduce((total, { logProbability }) => total + (logProbability ?? Number.NaN), 0);
  if (scored.length <= completion.length || Number.isNaN(sum)) {
    throw new ContinuumError('MODEL_UNAVAILABLE', 'The server left out log-probabilities of the prompt.', {
      next: 'Check that a current version of the server runs there.',
    });
  }
  return sum;
}
