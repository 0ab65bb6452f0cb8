import {
  type AttentionBuffers,
  type Block,
  blocksOf,
  headsOf,
  keysIn,
  packer,
  QUERIES,
  rangesOf,
  type SeenRanges,
  scoreColumns,
  seenBy,
  timesPacked,
  timesRows,
} from './attention.ts';
import type { Pointer } from './kernels/arena.ts';
import type { Out } from './kernels/operations.ts';
import { type Model, roundUp, rowMajor } from './model.ts';
import type { Span } from './plan.ts';

/** Gradients of queries, keys and values; dq is overwritten, dk and dv are added to. */
export interface AttentionGradients {
  readonly o: Pointer;
  readonly q: Pointer;
  readonly k: Pointer;
  readonly v: Pointer;
}

/** The way back through `attend`, from the probabilities it left. Spans with a cache have no gradient. */
export function attendBack(
  model: Model,
  buffers: AttentionBuffers,
  gradients: AttentionGradients,
  spans: readonly Span[],
  probabilities: Pointer,
): void {
  let next = probabilities;
  for (const span of spans) {
    const mark = model.arena.mark();
    attendSpanBack(model, buffers, gradients, span, next);
    next += 4 * span.length * scoreColumns(span) * model.config.heads;
    model.arena.reset(mark);
  }
}

function attendSpanBack(
  model: Model,
  buffers: AttentionBuffers,
  gradients: AttentionGradients,
  span: Span,
  probabilities: Pointer,
): void {
  const { arena, kernels, headSize, config } = model;
  const seen = seenBy(model, buffers, span);
  const pack = packer(model, seen, 'values');
  const columns = scoreColumns(span);
  const stride = 4 * columns;
  const scratch = { at: arena.floats(QUERIES * columns), rowStride: stride };
  const wide = 4 * config.hiddenSize;
  const scale = 1 / Math.sqrt(headSize);
  for (const { head, column, opens } of headsOf(model)) {
    const values = pack(column, opens);
    const scores = probabilities + 4 * head * span.length * columns;
    for (const block of blocksOf(model, buffers, span, head, scores)) {
      const dO = gradients.o + block.q - buffers.q;
      const dQ = { at: gradients.q + block.q - buffers.q, rowStride: wide };
      timesPacked(model, { at: dO, rowStride: wide, columnStride: 4 }, values, scratch, block);
      const width = seen.own.column + roundUp(block.last);
      kernels.attentionSoftmaxBack(block.scores, scratch.at, stride, block.rows, width, scale);
      timesRows(model, scratch, seen, 'keys', column, dQ, block);
      addOuter(model, scratch, block.q, seen, { at: gradients.k, column }, block);
      addOuter(model, { at: block.scores, rowStride: stride }, dO, seen, { at: gradients.v, column }, block);
    }
  }
}

/** Gradient of keys (or values) += weights^T [keys, queries] x rows [queries, headSize]. */
function addOuter(
  { kernels, headSize, kvSize, config }: Model,
  weights: Out,
  rows: Pointer,
  seen: SeenRanges,
  to: { readonly at: Pointer; readonly column: number },
  block: Block,
): void {
  const ranges = rangesOf(seen);
  const right = rowMajor(rows, config.hiddenSize);
  for (const range of ranges) {
    const left = { at: weights.at + 4 * range.column, rowStride: 4, columnStride: weights.rowStride };
    const out = { at: to.at + 4 * range.row * kvSize + to.column, rowStride: 4 * kvSize };
    kernels.gemm(left, right, out, keysIn(range, ranges, block), headSize, block.rows, true);
  }
}
