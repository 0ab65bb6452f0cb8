import type { Arena } from './arena.ts';
import { RELAXED_MODULES, SIMD_MODULES } from './bytes.ts';
import type { Kernels } from './operations.ts';
import { createScalarKernels } from './scalar.ts';

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
