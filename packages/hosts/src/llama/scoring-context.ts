import { ContinuumError } from '@continuum/contract/errors';
import type { Encoded } from '../base.ts';
import { assertNotAborted } from '../until-aborted.ts';
import type { LlamaContext, LlamaSequence } from './library.ts';

/** A llama.cpp context with its layers fixed: one request after the other, the prompt computed once for all completions. */
export class ScoringContext {
  readonly #context: LlamaContext;
  readonly #sequence: LlamaSequence;
  #last: Promise<unknown> = Promise.resolve();

  constructor(context: LlamaContext) {
    this.#context = context;
    this.#sequence = context.getSequence();
  }

  /** Sums of log-probabilities by completion. Throws ABORTED when its turn comes too late. */
  score(request: Encoded, signal: AbortSignal | undefined): Promise<number[]> {
    const turn = this.#last.then(() => {
      assertNotAborted(signal);
      return this.#score(request);
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async dispose(): Promise<void> {
    await this.#last;
    await this.#context.dispose();
  }

  async #score({ prompt, completions }: Encoded): Promise<number[]> {
    await this.#sequence.clearHistory();
    const start = prompt.length - 1;
    if (start > 0) await this.#sequence.controlledEvaluate(prompt.slice(0, start));
    const sums: number[] = [];
    let written = start;
    for (const completion of completions) {
      if (written > start) await this.#sequence.eraseContextTokenRanges([{ start, end: written }]);
      sums.push(await this.#sumOf([...prompt.slice(start), ...completion.slice(0, -1)], completion));
      written = start + completion.length;
    }
    return sums;
  }

  /** Each token of `input` predicts the one of `completion` at its place. */
  async #sumOf(input: readonly number[], completion: readonly number[]): Promise<number> {
    const items = input.map((token, index) => {
      // The likeliest one gives the maximum: `includeMax` of 3.22.1 leaves it out unless it was asked for by name.
      const filter = { tokens: [completion[index] ?? 0], includeTop: 1 } as const;
      return [token, { generateNext: { logits: { filter }, totalLogitWeight: true } }] as const;
    });
    const outputs = await this.#sequence.controlledEvaluate(items);
    return completion.reduce((sum, token, index) => {
      const { logits, totalLogitWeight } = outputs[index]?.next ?? {};
      const logit = logits?.get(token);
      if (logits === undefined || logit === undefined || totalLogitWeight === undefined) throw noLogits();
      return sum + logit - Math.max(...logits.values()) - Math.log(totalLogitWeight);
    }, 0);
  }
}

function noLogits(): ContinuumError {
  return new ContinuumError('MODEL_UNAVAILABLE', 'llama.cpp gave no logits.', {
    next: 'Install node-llama-cpp 3.22.1.',
  });
}
