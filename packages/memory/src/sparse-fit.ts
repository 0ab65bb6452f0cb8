import { fitLogistic, type LogisticExample, type LogisticFit, type SparseVector, score } from './logistic.ts';

export interface Lesson {
  readonly x: SparseVector;
  readonly y: 1 | -1;
  readonly weight: number;
  readonly author: string;
}

export interface SparseFit extends LogisticFit {
  /** What each feature is multiplied by before it meets its weight. */
  readonly scales: Float64Array;
  /** The lessons' vectors, scaled. */
  readonly vectors: readonly SparseVector[];
  /** How far each author agrees with the others, in (0, 1]; 1 for one who teaches alone. */
  readonly trust: ReadonlyMap<string, number>;
}

/** Loss weight of one lesson over the penalty on the weights. */
const STRENGTH = 0.5;
const ROUNDS = 2;
/** The feature with this rank keeps its scale; stronger ones grow, weaker ones shrink. */
const PIVOT = 10;
const LEAST_SCALE = 0.3;
const MOST_SCALE = 2;
/** Imagined lessons on which an author agrees with the others. */
const BENEFIT_OF_DOUBT = 4;
const FULL_TRUST_AT = 0.6;

/**
 * Logistic regression for policies that hang on few facts: after each fit the features that carried weight are given
 * more room and the others less (adaptive ridge, Frommlet and Nuel 2016), and authors whose lessons contradict what the
 * others taught count less. `size` is the number of features.
 */
export function fitSparse(lessons: readonly Lesson[], size: number): SparseFit {
  let scales: Float64Array = new Float64Array(size).fill(1);
  let trust: ReadonlyMap<string, number> = new Map();
  let vectors = lessons.map(({ x }) => x);
  let fit = fitLogistic(toExamples(lessons, vectors, trust), size);
  for (let round = 0; round < ROUNDS; round += 1) {
    trust = trustOf(lessons, vectors, fit);
    scales = rescaled(scales, fit.weights);
    vectors = lessons.map(({ x }) => scaled(x, scales));
    fit = fitLogistic(toExamples(lessons, vectors, trust), size);
  }
  return { ...fit, scales, vectors, trust };
}

/** The vector with each feature multiplied by its scale. */
export function scaled(x: SparseVector, scales: Float64Array): SparseVector {
  return { indices: x.indices, values: x.values.map((value, k) => value * (scales[x.indices[k] ?? 0] ?? 1)) };
}

function toExamples(
  lessons: readonly Lesson[],
  vectors: readonly SparseVector[],
  trust: ReadonlyMap<string, number>,
): LogisticExample[] {
  return vectors.flatMap((x, i) => {
    const lesson = lessons[i];
    return lesson === undefined
      ? []
      : [{ x, y: lesson.y, c: STRENGTH * lesson.weight * (trust.get(lesson.author) ?? 1) }];
  });
}

function rescaled(scales: Float64Array, weights: Float64Array): Float64Array {
  const sizes = weights.map(Math.abs);
  const used = [...sizes].filter((value) => value > 0).sort((a, b) => b - a);
  const pivot = used[Math.min(PIVOT, used.length - 1)] ?? 1;
  return scales.map((scale, j) =>
    Math.max(LEAST_SCALE, Math.min(MOST_SCALE, scale * Math.sqrt((sizes[j] ?? 0) / pivot))),
  );
}

/** How often what the others taught agrees with an author, by leaving the author's share of the weights out. */
function trustOf(lessons: readonly Lesson[], vectors: readonly SparseVector[], fit: LogisticFit): Map<string, number> {
  const byAuthor = Map.groupBy(lessons.keys(), (i) => lessons[i]?.author ?? '');
  const trust = new Map<string, number>();
  for (const [author, own] of byAuthor) {
    if (own.length * 2 > lessons.length) continue;
    const rest = without(fit, vectors, own);
    const agreeing = own.filter((i) => (lessons[i]?.y ?? 1) * score(vectors[i] ?? NOTHING, rest) > 0).length;
    const rate = (agreeing + BENEFIT_OF_DOUBT) / (own.length + BENEFIT_OF_DOUBT);
    trust.set(author, Math.min(1, rate / FULL_TRUST_AT) ** 2);
  }
  return trust;
}

const NOTHING: SparseVector = { indices: new Int32Array(), values: new Float64Array() };

function without(fit: LogisticFit, vectors: readonly SparseVector[], own: readonly number[]): Float64Array {
  const rest = Float64Array.from(fit.weights);
  for (const i of own) {
    const { indices, values } = vectors[i] ?? NOTHING;
    indices.forEach((index, k) => {
      rest[index] = (rest[index] ?? 0) - (fit.alpha[i] ?? 0) * (values[k] ?? 0);
    });
  }
  return rest;
}
