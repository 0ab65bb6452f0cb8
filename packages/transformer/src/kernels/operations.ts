import type { Pointer } from './arena.ts';

/** How A of a matrix product lies in memory: element (i, k) at `at + i * rowStride + k * columnStride`; strides in bytes. */
export interface Left {
  readonly at: Pointer;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** How B lies: panels of 8 columns, `panelStride` apart, their rows `rowStride` apart; strides in bytes. */
export interface Right {
  readonly at: Pointer;
  readonly panelStride: number;
  readonly rowStride: number;
}

/** How C lies: rows `rowStride` bytes apart. */
export interface Out {
  readonly at: Pointer;
  readonly rowStride: number;
}

/** The hot loops over numbers in an arena. Counts are in numbers, strides in bytes; widths are multiples of 4. */
export interface Kernels {
  readonly kind: 'scalar' | 'simd' | 'relaxed-simd';
  /** C [m, n] = A [m, k] x B [k, n], or C += it; n is a multiple of 8. */
  gemm(a: Left, b: Right, c: Out, m: number, n: number, k: number, add: boolean): void;
  /** y = x * w / rms(x) for rows of `d`; 1 / rms of each row goes to `inverse`. */
  rmsNorm(x: Pointer, w: Pointer, y: Pointer, inverse: Pointer, rows: number, d: number, epsilon: number): void;
  /** dx += gradient of `rmsNorm` for dy. */
  rmsNormBack(x: Pointer, w: Pointer, inverse: Pointer, dy: Pointer, dx: Pointer, rows: number, d: number): void;
  /** h = silu(gate) * up over `n` numbers. */
  silu(gate: Pointer, up: Pointer, h: Pointer, n: number): void;
  /** Gradients of `silu` for dh; dup may be dh. */
  siluBack(gate: Pointer, up: Pointer, dh: Pointer, dgate: Pointer, dup: Pointer, n: number): void;
  /** Rotates the halves of each head in place by a table [rows, half]; sign -1 rotates back. */
  rope(x: Pointer, rows: number, heads: number, half: number, cos: Pointer, sin: Pointer, sign: 1 | -1): void;
  /** One row becomes its softmax; its maximum and its sum of exponentials go to `about` and `about + 4`. */
  softmaxRow(x: Pointer, n: number, about: Pointer): void;
  /** Softmax of scores times `scale` in place; row r sees columns [0, prefix) and [own, own + seen + r) of `width`. */
  attentionSoftmax(
    x: Pointer,
    stride: number,
    rows: number,
    prefix: number,
    own: number,
    seen: number,
    width: number,
    scale: number,
  ): void;
  /** d = p * (d - sum(p * d)) * scale in place. */
  attentionSoftmaxBack(p: Pointer, d: Pointer, stride: number, rows: number, width: number, scale: number): void;
  /** `rows` x `cols` becomes the packed right side of its transpose: `[ceil(rows / 8)][cols][8]`. */
  packTransposed(x: Pointer, stride: number, rows: number, cols: number, to: Pointer): void;
}
