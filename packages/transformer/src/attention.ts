import type { Pointer } from './kernels/arena.ts';
import { type Model, packed, roundUp, rowMajor } from './model.ts';
import type { Segment, Span } from './plan.ts';

/** Queries of one product of scores: wider blocks compute more of the half that the mask throws away. */
const QUERIES = 32;

/** Buffers of one block: queries and answers `[query rows, hidden]`, keys and values `[rows, kvSize]`. */
export interface AttentionBuffers {
  readonly layer: number;
  readonly q: Pointer;
  readonly k: Pointer;
  readonly v: Pointer;
  readonly o: Pointer;
}

/** Keys and values that a span sees, and the column of the scores where they begin. */
interface Seen {
  readonly keys: Pointer;
  readonly values: Pointer;
  readonly length: number;
  readonly column: number;
  /** Row in the batch, for the gradients; undefined in a cache. */
  readonly row: number | undefined;
}

/** Keys before a segment's own: what its cache held before this batch. */
const past = (segment: Segment): number => (segment.cache === undefined ? 0 : segment.position);

/** The shared prefix (or nothing) and the span's own keys. */
function seenBy(model: Model, buffers: AttentionBuffers, span: Span): { prefix: Seen | undefined; own: Seen } {
  const { prefix, cache, at } = span.segment;
  const bytes = 4 * model.kvSize;
  const rows = (row: number, length: number, column: number): Seen => ({
    keys: buffers.k + row * bytes,
    values: buffers.v + row * bytes,
    length,
    column,
    row,
  });
  const length = past(span.segment) + span.offset + span.length;
  const before = prefix === undefined ? undefined : rows(prefix.at, prefix.length, 0);
  const own = rows(at, length, before === undefined ? 0 : roundUp(before.length));
  if (cache === undefined) return { prefix: before, own };
  const [keys = 0, values = 0] = [cache.keys[buffers.layer], cache.values[buffers.layer]];
  return { prefix: before, own: { ...own, keys, values, row: undefined } };
}

/** Columns of a span's scores: the prefix and its own keys, each rounded up to whole panels. */
function scoreColumns(span: Span): number {
  return roundUp(span.segment.prefix?.length ?? 0) + roundUp(past(span.segment) + span.offset + span.length);
}

/** Floats of the attention probabilities of spans, all heads. */
export function probabilityFloats(model: Model, spans: readonly Span[]): number {
  return spans.reduce((sum, span) => sum + span.length * scoreColumns(span) * model.config.heads, 0);
}

/** A block of queries of one head. */
interface Block {
  readonly q: Pointer;
  readonly o: Pointer;
  /** Its first row of scores. */
  readonly scores: Pointer;
  readonly rows: number;
  /** Own keys that the first row sees, and those that the last one does. */
  readonly first: number;
  readonly last: number;
}

function* blocksOf(
  model: Model,
  buffers: AttentionBuffers,
  span: Span,
  head: number,
  scores: Pointer,
): Generator<Block> {
  const bytes = 4 * model.config.hiddenSize;
  const column = 4 * head * model.headSize;
  const before = past(span.segment) + span.offset;
  for (let i = 0; i < span.length; i += QUERIES) {
    const rows = Math.min(QUERIES, span.length - i);
    const place = (span.at + i) * bytes + column;
    yield {
      q: buffers.q + place,
      o: buffers.o + place,
      scores: scores + 4 * i * scoreColumns(span),
      rows,
      first: before + i + 1,
      last: before + i + rows,
    };
  }
}

/** Heads one after the other, each with the head of keys and values that it shares. */
function* headsOf(model: Model): Generator<{ head: number; kv: number; opens: boolean }> {
  const share = model.config.heads / model.config.kvHeads;
  for (let head = 0; head < model.config.heads; head += 1) {
    yield { head, kv: Math.floor(head / share), opens: head % share === 0 };
  }
}

/**
 * Causal attention of the spans, `o = softmax(q k^T / sqrt(headSize)) v`. With `probabilities` (as many floats as
 * `probabilityFloats` says) the softmax stays there for the way back.
 */
export function attend(model: Model, buffers: AttentionBuffers, spans: readonly Span[], probabilities?: Pointer): void {
  let next = probabilities;
  for (const span of spans) {
    const mark = model.arena.mark();
    const size = span.length * scoreColumns(span);
    const at = next ?? model.arena.floats(size);
    attendSpan(model, buffers, span, (head) => (next === undefined ? at : at + 4 * head * size));
    if (next !== undefined) next += 4 * size * model.config.heads;
    model.arena.reset(mark);
  }
}

function attendSpan(model: Model, buffers: AttentionBuffers, span: Span, scoresOf: (head: number) => Pointer): void {
  const { arena, kernels, headSize, kvSize } = model;
  const { prefix, own } = seenBy(model, buffers, span);
  const columns = scoreColumns(span);
  const ranges = prefix === undefined ? [own] : [prefix, own];
  const keys = ranges.map((range) => ({ ...range, packed: arena.floats(roundUp(range.length) * headSize) }));
  const stride = 4 * columns;
  const scale = 1 / Math.sqrt(headSize);
  for (const { head, kv, opens } of headsOf(model)) {
    const column = 4 * kv * headSize;
    if (opens) for (const r of keys) kernels.packTransposed(r.keys + column, 4 * kvSize, r.length, headSize, r.packed);
    for (const block of blocksOf(model, buffers, span, head, scoresOf(head))) {
      const width = own.column + roundUp(block.last);
      const queries = { at: block.q, rowStride: 4 * model.config.hiddenSize, columnStride: 4 };
      for (const range of keys) {
        const seen = range.column === own.column ? block.last : range.length;
        const to = { at: block.scores + 4 * range.column, rowStride: stride };
        kernels.gemm(queries, packed(range.packed, headSize), to, block.rows, roundUp(seen), headSize, false);
      }
      kernels.attentionSoftmax(
        block.scores,
        stride,
        block.rows,
        prefix?.length ?? 0,
        own.column,
        block.first,
        width,
        scale,
      );
      for (const [i, range] of ranges.entries()) {
        const seen = range === own ? block.last : range.length;
        const weights = { at: block.scores + 4 * range.column, rowStride: stride, columnStride: 4 };
        const out = { at: block.o, rowStride: 4 * model.config.hiddenSize };
        kernels.gemm(weights, rowMajor(range.values + column, kvSize), out, block.rows, headSize, seen, i > 0);
      }
    }
  }
}

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
  const { arena, kernels, headSize, kvSize } = model;
  const hidden = 4 * model.config.hiddenSize;
  const { prefix, own } = seenBy(model, buffers, span);
  const columns = scoreColumns(span);
  const ranges = prefix === undefined ? [own] : [prefix, own];
  const values = ranges.map((range) => ({ ...range, packed: arena.floats(roundUp(range.length) * headSize) }));
  const scratch = arena.floats(QUERIES * columns);
  const stride = 4 * columns;
  const scale = 1 / Math.sqrt(headSize);
  for (const { head, kv, opens } of headsOf(model)) {
    const column = 4 * kv * headSize;
    if (opens)
      for (const r of values) kernels.packTransposed(r.values + column, 4 * kvSize, r.length, headSize, r.packed);
    const scores = probabilities + 4 * head * span.length * columns;
    for (const block of blocksOf(model, buffers, span, head, scores)) {
      const place = block.q - buffers.q;
      const [dO, dQ] = [gradients.o + place, gradients.q + place];
      for (const range of values) {
        const seen = range.column === own.column ? block.last : range.length;
        const to = { at: scratch + 4 * range.column, rowStride: stride };
        const left = { at: dO, rowStride: hidden, columnStride: 4 };
        kernels.gemm(left, packed(range.packed, headSize), to, block.rows, roundUp(seen), headSize, false);
      }
      const width = own.column + roundUp(block.last);
      kernels.attentionSoftmaxBack(block.scores, scratch, stride, block.rows, width, scale);
      for (const [i, range] of ranges.entries()) {
        const seen = range === own ? block.last : range.length;
        const d = scratch + 4 * range.column;
        const p = block.scores + 4 * range.column;
        const row = (range.row ?? 0) * 4 * kvSize + column;
        const dq = { at: dQ, rowStride: hidden };
        kernels.gemm(
          { at: d, rowStride: stride, columnStride: 4 },
          rowMajor(range.keys + column, kvSize),
          dq,
          block.rows,
          headSize,
          seen,
          i > 0,
        );
        const [q, o] = [rowMajor(block.q, hidden / 4), rowMajor(dO, hidden / 4)];
        const [dk, dv] = [
          { at: gradients.k + row, rowStride: 4 * kvSize },
          { at: gradients.v + row, rowStride: 4 * kvSize },
        ];
        kernels.gemm({ at: d, rowStride: 4, columnStride: stride }, q, dk, seen, headSize, block.rows, true);
        kernels.gemm({ at: p, rowStride: 4, columnStride: stride }, o, dv, seen, headSize, block.rows, true);
      }
    }
  }
}
