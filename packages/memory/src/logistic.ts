/** A sparse vector: parallel indices and values. */
export interface SparseVector {
  readonly indices: Int32Array;
  readonly values: Float64Array;
}

export interface LogisticExample {
  readonly x: SparseVector;
  /** +1 or -1. */
  readonly y: 1 | -1;
  /** Loss weight over the L2 penalty, `> 0`. */
  readonly c: number;
}

export interface LogisticFit {
  readonly weights: Float64Array;
  /** Dual variable of each example with its sign: `weights` is the sum of `alpha[i] * x[i]`, exactly. */
  readonly alpha: Float64Array;
}

const EPOCHS = 600;
const TOLERANCE = 1e-3;
const NEWTON_STEPS = 12;

/**
 * L2-regularised logistic regression by dual coordinate descent (Yu, Huang, Lin 2011, "Dual coordinate descent methods
 * for logistic regression and maximum entropy models"); `size` is the number of features. Deterministic: each epoch
 * visits the examples in another, fixed order.
 */
export function fitLogistic(examples: readonly LogisticExample[], size: number): LogisticFit {
  const weights = new Float64Array(size);
  const alpha = new Float64Array(examples.length);
  const squares = examples.map(({ x }) => dot(x, x));
  for (let epoch = 0; epoch < EPOCHS; epoch += 1) {
    let moved = 0;
    for (const i of visitingOrder(examples.length, epoch)) {
      const example = examples[i];
      if (example !== undefined) moved = Math.max(moved, step(example, i, squares[i] ?? 0, weights, alpha));
    }
    if (moved < TOLERANCE) break;
  }
  return { weights, alpha };
}

/** A permutation of the first `n` numbers by multiplying with a number that has no factor in common with `n`. */
function* visitingOrder(n: number, epoch: number): Generator<number> {
  let stride = (epoch * 7_919 + 1) % Math.max(1, n);
  while (divisor(stride, n) !== 1) stride = (stride + 1) % Math.max(1, n);
  for (let k = 0; k < n; k += 1) yield (k * stride + epoch) % n;
}

function divisor(a: number, b: number): number {
  return b === 0 ? Math.max(1, a) : divisor(b, a % b);
}

/** The sum over shared features; both vectors have ascending indices. */
export function dot(a: SparseVector, b: SparseVector): number {
  let sum = 0;
  for (let i = 0, j = 0; i < a.indices.length && j < b.indices.length; ) {
    const left = a.indices[i] ?? 0;
    const right = b.indices[j] ?? 0;
    if (left === right) sum += (a.values[i] ?? 0) * (b.values[j] ?? 0);
    if (left <= right) i += 1;
    if (right <= left) j += 1;
  }
  return sum;
}

/** The score of a sparse vector under dense weights. */
export function score(x: SparseVector, weights: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.indices.length; i += 1) sum += (x.values[i] ?? 0) * (weights[x.indices[i] ?? 0] ?? 0);
  return sum;
}

/** The logistic function. */
export function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

function step(example: LogisticExample, i: number, square: number, weights: Float64Array, alpha: Float64Array): number {
  const { x, y, c } = example;
  const before = (alpha[i] ?? 0) * y;
  const after = c * sigmoid(root(y * score(x, weights), square, c, before));
  const change = after - before;
  alpha[i] = after * y;
  for (let k = 0; k < x.indices.length; k += 1) {
    const index = x.indices[k] ?? 0;
    weights[index] = (weights[index] ?? 0) + y * change * (x.values[k] ?? 0);
  }
  return Math.abs(change) * Math.sqrt(square);
}

/** Solves `u + margin + square * (c * sigmoid(u) - before) = 0` for `u`: it rises in `u`, so Newton inside a bracket. */
function root(margin: number, square: number, c: number, before: number): number {
  let low = -margin + square * (before - c);
  let high = -margin + square * before;
  let u = (low + high) / 2;
  for (let n = 0; n < NEWTON_STEPS; n += 1) {
    const p = sigmoid(u);
    const value = u + margin + square * (c * p - before);
    if (Math.abs(value) < 1e-9) break;
    if (value > 0) high = u;
    else low = u;
    const next = u - value / (1 + square * c * p * (1 - p));
    u = next > low && next < high ? next : (low + high) / 2;
  }
  return u;
}
