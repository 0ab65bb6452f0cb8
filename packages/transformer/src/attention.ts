import type { Pointer } from './kernels/arena.ts';
import type { Left, Out } from './kernels/operations.ts';
import { type Model, packed, roundUp, rowMajor } from './model.ts';
import type { Segment, Span } from './plan.ts';

/** Queries of one product of scores: wider blocks compute more of the half that the mask throws away. */
export const QUERIES = 32;

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
  /** First row in the batch, where its gradients go. */
  readonly row: number;
}

/** Keys before a segment's own: what its cache held before this batch. */
const past = (segment: Segment): number => (segment.cache === undefined ? 0 : segment.position);

export interface SeenRanges {
  readonly prefix: Seen | undefined;
  readonly own: Seen;
}

/** The shared prefix (or nothing) and the span's own keys. */
export function seenBy(model: Model, buffers: AttentionBuffers, span: Span): SeenRanges {
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
  return { prefix: before, own: { ...own, keys, values } };
}

/** Columns of a span's scores: the prefix and its own keys, each rounded up to whole panels. */
export function scoreColumns(span: Span): number {
  return roundUp(span.segment.prefix?.length ?? 0) + roundUp(past(span.segment) + span.offset + span.length);
}

/** Floats of the attention probabilities of spans, all heads. */
export function probabilityFloats(model: Model, spans: readonly Span[]): number {
  return spans.reduce((sum, span) => sum + span.length * scoreColumns(span) * model.config.heads, 0);
}

/** A block of queries of one head. */
export interface Block {
  readonly q: Pointer;
  readonly o: Pointer;
  /** Its first row of scores. */
  readonly scores: Pointer;
  readonly rows: number;
  /** Own keys that the first row sees, and those that the last one does. */
  readonly first: number;
  readonly last: number;
}

export function* blocksOf(
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

/** Heads one after the other, the byte column of the keys and values each shares, and whether it is the first to. */
export function* headsOf(model: Model): Generator<{ head: number; column: number; opens: boolean }> {
  const share = model.config.heads / model.config.kvHeads;
  for (let head = 0; head < model.config.heads; head += 1) {
    yield { head, column: 4 * Math.floor(head / share) * model.headSize, opens: head % share === 0 };
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
  const { kernels, headSize, config } = model;
  const seen = seenBy(model, buffers, span);
  const pack = packer(model, seen, 'keys');
  const stride = 4 * scoreColumns(span);
  const { prefix, own } = seen;
  const wide = 4 * config.hiddenSize;
  const scale = 1 / Math.sqrt(headSize);
  for (const { head, column, opens } of headsOf(model)) {
    const keys = pack(column, opens);
    for (const block of blocksOf(model, buffers, span, head, scoresOf(head))) {
      const { rows, scores, first, last } = block;
      const queries = { at: block.q, rowStride: wide, columnStride: 4 };
      timesPacked(model, queries, keys, { at: scores, rowStride: stride }, block);
      const width = own.column + roundUp(last);
      kernels.attentionSoftmax(scores, stride, rows, prefix?.length ?? 0, own.column, first, width, scale);
      const out = { at: block.o, rowStride: wide };
      timesRows(model, { at: scores, rowStride: stride }, seen, 'values', column, out, block);
    }
  }
}

export const rangesOf = ({ prefix, own }: SeenRanges): readonly Seen[] =>
  prefix === undefined ? [own] : [prefix, own];

/** How many keys of a range a block sees: all of a prefix, its own up to its last row. */
export const keysIn = (range: Seen, ranges: readonly Seen[], block: Block): number =>
  range === ranges.at(-1) ? block.last : range.length;

type Packed = Seen & { readonly packed: Pointer };

/** Packs one head's keys (or values) transposed when it opens; heads that share them share the packed ones. */
export function packer(
  model: Model,
  seen: SeenRanges,
  which: 'keys' | 'values',
): (column: number, opens: boolean) => Packed[] {
  const { arena, kernels, headSize, kvSize } = model;
  const ranges = rangesOf(seen).map((range) => ({
    ...range,
    packed: arena.floats(roundUp(range.length) * headSize),
  }));
  return (column, opens) => {
    if (!opens) return ranges;
    for (const range of ranges) {
      kernels.packTransposed(range[which] + column, 4 * kvSize, range.length, headSize, range.packed);
    }
    return ranges;
  };
}

/** to [queries, keys] = left [queries, headSize] x packed, range by range. */
export function timesPacked(
  { kernels, headSize }: Model,
  left: Left,
  ranges: readonly Packed[],
  to: Out,
  block: Block,
): void {
  for (const range of ranges) {
    const columns = roundUp(keysIn(range, ranges, block));
    const part = { at: to.at + 4 * range.column, rowStride: to.rowStride };
    kernels.gemm(left, packed(range.packed, headSize), part, block.rows, columns, headSize, false);
  }
}

/** to [queries, headSize] = weights [queries, keys] x values (or keys) [keys, headSize], over all ranges. */
export function timesRows(
  { kernels, headSize, kvSize }: Model,
  weights: Out,
  seen: SeenRanges,
  which: 'keys' | 'values',
  column: number,
  to: Out,
  block: Block,
): void {
  const ranges = rangesOf(seen);
  for (const [i, range] of ranges.entries()) {
    const left = { at: weights.at + 4 * range.column, rowStride: weights.rowStride, columnStride: 4 };
    const right = rowMajor(range[which] + column, kvSize);
    kernels.gemm(left, right, to, block.rows, headSize, keysIn(range, ranges, block), i > 0);
  }
}
