import { ContinuumError } from '@continuum/contract/errors';
import type { Pointer } from './kernels/arena.ts';
import type { Lora } from './lora.ts';
import type { Target } from './outputs.ts';

/** Keys and values of one sequence that are kept between calls: `[layers][capacity, kvSize]` each. */
export interface KeyValueCache {
  readonly keys: readonly Pointer[];
  readonly values: readonly Pointer[];
  readonly capacity: number;
  length: number;
}

/**
 * Consecutive rows of a batch that are one run of tokens. They see themselves, causally, and before them the rows of
 * `prefix` (a prompt that several completions share) or what lies in `cache`.
 */
export interface Segment {
  /** First row in the batch. */
  readonly at: number;
  readonly length: number;
  /** Position of the first token in its text. */
  readonly position: number;
  readonly prefix?: { readonly at: number; readonly length: number };
  readonly cache?: KeyValueCache;
}

/** Rows of a segment that ask: `length` queries from `offset` on, in rows `at` and following of the queries. */
export interface Span {
  readonly segment: Segment;
  readonly offset: number;
  readonly length: number;
  readonly at: number;
}

/** Consecutive rows under the same adapters, each by module name. */
export interface RowGroup {
  readonly at: number;
  readonly length: number;
  readonly adapters: readonly ReadonlyMap<string, Lora>[];
}

/** Which rows are computed and under which adapters. */
export interface Rows {
  readonly count: number;
  readonly spans: readonly Span[];
  readonly groups: readonly RowGroup[];
}

/** One batch: tokens of all sequences one after the other, all rows, and those whose output is wanted. */
export interface Plan {
  readonly tokens: readonly number[];
  readonly all: Rows;
  readonly outputs: Rows;
}

export interface PlannedRequest {
  readonly prompt: readonly number[];
  readonly completions: readonly (readonly number[])[];
  readonly adapters: readonly ReadonlyMap<string, Lora>[];
}

/** Rows that a request takes in a batch: the prompt once, and every completion but its last token. */
export function rowsOf(request: Pick<PlannedRequest, 'prompt' | 'completions'>): number {
  return request.completions.reduce((sum, { length }) => sum + Math.max(0, length - 1), request.prompt.length);
}

const emptyRows = (): { count: number; readonly spans: Span[]; readonly groups: RowGroup[] } => ({
  count: 0,
  spans: [],
  groups: [],
});

/** Lays requests out so that each prompt is computed once; outputs are only the rows that predict a completion's token. */
export function planCompletions(requests: readonly PlannedRequest[]): {
  readonly plan: Plan;
  /** By request, by completion. */
  readonly targets: readonly (readonly (readonly Target[])[])[];
} {
  const tokens: number[] = [];
  const all = emptyRows();
  const outputs = emptyRows();
  const add = (run: readonly number[], asked: number, place: Pick<Segment, 'position' | 'prefix'>): number => {
    const segment: Segment = { at: tokens.length, length: run.length, ...place };
    for (const token of run) tokens.push(token);
    const at = outputs.count;
    all.spans.push({ segment, offset: 0, length: run.length, at: segment.at });
    outputs.spans.push({ segment, offset: run.length - asked, length: asked, at });
    outputs.count += asked;
    return at;
  };
  const targets = requests.map(({ prompt, completions, adapters }) => {
    const first = { row: tokens.length, output: outputs.count };
    const last = add(prompt, 1, { position: 0 });
    const prefix = { at: first.row, length: prompt.length };
    const wanted = completions.map((completion): Target[] => {
      const fed = completion.slice(0, -1);
      const from = fed.length === 0 ? 0 : add(fed, fed.length, { position: prompt.length, prefix });
      return completion.map((token, i) => ({ row: i === 0 ? last : from + i - 1, token }));
    });
    all.groups.push({ at: first.row, length: tokens.length - first.row, adapters });
    outputs.groups.push({ at: first.output, length: outputs.count - first.output, adapters });
    return wanted;
  });
  return { plan: { tokens, all: { ...all, count: tokens.length }, outputs }, targets };
}

/** One run of tokens, all of whose rows (or only the last) are wanted; `cache` holds what came before and takes it in. */
export function planRun(
  tokens: readonly number[],
  adapters: readonly ReadonlyMap<string, Lora>[],
  options: { readonly only?: 'last'; readonly cache?: KeyValueCache } = {},
): Plan {
  const { length } = tokens;
  const position = options.cache?.length ?? 0;
  const segment: Segment = {
    at: 0,
    length,
    position,
    ...(options.cache === undefined ? {} : { cache: options.cache }),
  };
  const rows = (count: number): Rows => ({
    count,
    spans: [{ segment, offset: length - count, length: count, at: 0 }],
    groups: [{ at: 0, length: count, adapters }],
  });
  return { tokens, all: rows(length), outputs: rows(options.only === 'last' ? 1 : length) };
}

/** Throws INVALID_INPUT for an empty prompt, an unknown token, or more tokens than the model has positions. */
export function checkTokens(
  limits: { readonly vocabSize: number; readonly maxPositions: number },
  prompt: readonly number[],
  completions: readonly (readonly number[])[] = [],
): void {
  if (prompt.length === 0) {
    throw new ContinuumError('INVALID_INPUT', 'The prompt has no tokens.', { next: 'Give at least one token.' });
  }
  const longest = completions.reduce((most, { length }) => Math.max(most, length), 0);
  if (prompt.length + longest > limits.maxPositions) {
    const message = `${prompt.length} tokens and an answer of ${longest} are more than the model's ${limits.maxPositions} positions.`;
    throw new ContinuumError('INVALID_INPUT', message, { next: 'Shorten the prompt.' });
  }
  const isUnknown = (token: number): boolean => !Number.isInteger(token) || token < 0 || token >= limits.vocabSize;
  const unknown = [prompt, ...completions].flatMap((run) => run.filter(isUnknown))[0];
  if (unknown !== undefined) {
    throw new ContinuumError('INVALID_INPUT', `Token ${unknown} is not in the vocabulary of ${limits.vocabSize}.`, {
      next: 'Encode with the tokenizer of this base model.',
    });
  }
}
