import type { Arena, Pointer } from './arena.ts';
import { RELAXED_MODULES, SIMD_MODULES } from './bytes.ts';
import { createScalarKernels } from './scalar.ts';

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

type Functions = Readonly<Record<string, (...args: number[]) => number>>;

const decode = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

/** True where the engine knows fused multiply-add of relaxed SIMD (Node 22 and later do). */
const hasRelaxedSimd = (): boolean => WebAssembly.validate(decode(RELAXED_MODULES.gemm));

/**
 * Kernels over an arena. `simd` takes relaxed SIMD where it is there, plain SIMD elsewhere: the two round differently in
 * the last bits, so results are the same bits only on machines of one kind. `scalar` is TypeScript, the check of both.
 */
export function createKernels(arena: Arena, kind: 'simd' | 'plain-simd' | 'scalar'): Kernels {
  if (kind === 'scalar') return createScalarKernels(arena);
  const relaxed = kind === 'simd' && hasRelaxedSimd();
  const modules = relaxed ? RELAXED_MODULES : SIMD_MODULES;
  const load = (base64: string): Functions => {
    const module = new WebAssembly.Module(decode(base64));
    return new WebAssembly.Instance(module, { env: { memory: arena.memory } }).exports;
  };
  return wasmKernels(relaxed ? 'relaxed-simd' : 'simd', { ...load(modules.gemm), ...load(modules.rows) });
}

function wasmKernels(kind: Kernels['kind'], functions: Functions): Kernels {
  const named = (name: string): ((...args: number[]) => number) => {
    const found = functions[name];
    if (found === undefined) throw new Error(`The kernels were built without ${name}.`);
    return found;
  };
  const gemm = named('gemm');
  return {
    kind,
    gemm: (a, b, c, m, n, k, add) => {
      if (m === 0 || k === 0) return;
      gemm(
        a.at,
        a.rowStride,
        a.columnStride,
        b.at,
        b.panelStride,
        b.rowStride,
        c.at,
        c.rowStride,
        m,
        n,
        k,
        add ? 1 : 0,
      );
    },
    rmsNorm: named('rmsNorm'),
    rmsNormBack: named('rmsNormBack'),
    silu: named('silu'),
    siluBack: named('siluBack'),
    rope: named('rope'),
    softmaxRow: named('softmaxRow'),
    attentionSoftmax: named('attentionSoftmax'),
    attentionSoftmaxBack: named('attentionSoftmaxBack'),
    packTransposed: named('packTransposed'),
  };
}
