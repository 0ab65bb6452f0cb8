import type { Arena, Pointer } from './arena.ts';
import type { Kernels } from './operations.ts';

/** The kernels in plain TypeScript, sums in double precision: slow, and what the others are checked against. */
export function createScalarKernels(arena: Arena): Kernels {
  const read = (at: Pointer): number => arena.all()[at >> 2] ?? Number.NaN;
  const write = (at: Pointer, value: number): void => {
    arena.all()[at >> 2] = value;
  };
  const row = (at: Pointer, count: number): Float32Array => arena.view(at, count);
  return {
    kind: 'scalar',
    gemm: (a, b, c, m, n, k, add) => {
      for (let i = 0; i < m; i += 1) {
        for (let j = 0; j < n; j += 1) {
          const to = c.at + i * c.rowStride + 4 * j;
          const column = b.at + (j >> 3) * b.panelStride + 4 * (j & 7);
          let sum = add ? read(to) : 0;
          for (let l = 0; l < k; l += 1) {
            sum += read(a.at + i * a.rowStride + l * a.columnStride) * read(column + l * b.rowStride);
          }
          write(to, sum);
        }
      }
    },
    ...normKernels(row, write, read),
    ...activationKernels(row),
    ...softmaxKernels(row, write),
    packTransposed: (x, stride, rows, cols, to) => {
      const panels = Math.ceil(rows / 8);
      for (let r = 0; r < panels * 8; r += 1) {
        for (let c = 0; c < cols; c += 1) {
          const value = r < rows ? read(x + r * stride + 4 * c) : 0;
          write(to + 4 * ((r >> 3) * cols * 8 + c * 8 + (r & 7)), value);
        }
      }
    },
  };
}

type Row = (at: Pointer, count: number) => Float32Array;
type Write = (at: Pointer, value: number) => void;

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

function normKernels(row: Row, write: Write, read: (at: Pointer) => number) {
  return {
    rmsNorm: (x, w, y, inverse, rows, d, epsilon) => {
      const weight = row(w, d);
      for (let r = 0; r < rows; r += 1) {
        const from = row(x + 4 * r * d, d);
        const scale = 1 / Math.sqrt(from.reduce((sum, value) => sum + value * value, 0) / d + epsilon);
        write(inverse + 4 * r, scale);
        row(y + 4 * r * d, d).set(from.map((value, i) => value * scale * (weight[i] ?? 0)));
      }
    },
    rmsNormBack: (x, w, inverse, dy, dx, rows, d) => {
      const weight = row(w, d);
      for (let r = 0; r < rows; r += 1) {
        const from = row(x + 4 * r * d, d);
        const scale = read(inverse + 4 * r);
        const pulled = row(dy + 4 * r * d, d).map((value, i) => value * (weight[i] ?? 0));
        const shared = (pulled.reduce((sum, value, i) => sum + value * (from[i] ?? 0), 0) * scale ** 3) / d;
        const to = row(dx + 4 * r * d, d);
        for (let i = 0; i < d; i += 1) {
          to[i] = (to[i] ?? 0) + (pulled[i] ?? 0) * scale - (from[i] ?? 0) * shared;
        }
      }
    },
    rope: (x, rows, heads, half, cos, sin, sign) => {
      for (let r = 0; r < rows * heads; r += 1) {
        const c = row(cos + 4 * Math.floor(r / heads) * half, half);
        const s = row(sin + 4 * Math.floor(r / heads) * half, half);
        const head = row(x + 8 * r * half, 2 * half);
        for (let i = 0; i < half; i += 1) {
          const [a = 0, b = 0, cosine = 0, sine = 0] = [head[i], head[i + half], c[i], s[i]];
          head[i] = a * cosine - b * sine * sign;
          head[i + half] = b * cosine + a * sine * sign;
        }
      }
    },
  } satisfies Partial<Kernels>;
}

function activationKernels(row: Row) {
  return {
    silu: (gate, up, h, n) => {
      const [g, u] = [row(gate, n), row(up, n)];
      row(h, n).set(g.map((value, i) => value * sigmoid(value) * (u[i] ?? 0)));
    },
    siluBack: (gate, up, dh, dgate, dup, n) => {
      const [g, u, d] = [row(gate, n), row(up, n), row(dh, n).slice()];
      const s = g.map(sigmoid);
      row(dup, n).set(d.map((value, i) => value * (g[i] ?? 0) * (s[i] ?? 0)));
      row(dgate, n).set(d.map((v, i) => v * (u[i] ?? 0) * (s[i] ?? 0) * (1 + (g[i] ?? 0) * (1 - (s[i] ?? 0)))));
    },
  } satisfies Partial<Kernels>;
}

function softmaxKernels(row: Row, write: Write) {
  const softmax = (values: Float32Array): { readonly max: number; readonly sum: number } => {
    const max = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    const sum = values.reduce((total, value) => total + Math.exp(value - max), 0);
    values.set(values.map((value) => Math.exp(value - max) / sum));
    return { max, sum };
  };
  return {
    softmaxRow: (x, n, about) => {
      const { max, sum } = softmax(row(x, n));
      write(about, max);
      write(about + 4, sum);
    },
    attentionSoftmax: (x, stride, rows, prefix, own, seen, width, scale) => {
      for (let r = 0; r < rows; r += 1) {
        const scores = row(x + r * stride, width);
        const sees = (j: number): boolean => j < prefix || (j >= own && j < own + seen + r);
        scores.set(scores.map((value, j) => (sees(j) ? value * scale : Number.NEGATIVE_INFINITY)));
        softmax(scores);
      }
    },
    attentionSoftmaxBack: (p, d, stride, rows, width, scale) => {
      for (let r = 0; r < rows; r += 1) {
        const probability = row(p + r * stride, width);
        const gradient = row(d + r * stride, width);
        const shared = gradient.reduce((sum, value, j) => sum + value * (probability[j] ?? 0), 0);
        gradient.set(gradient.map((value, j) => (probability[j] ?? 0) * (value - shared) * scale));
      }
    },
  } satisfies Partial<Kernels>;
}
