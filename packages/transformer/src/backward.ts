import type { TargetModule } from '@continuum/contract/layer';
import { attendBack } from './attention-back.ts';
import { type BlockTrace, type Forward, type LinearTrace, rotate } from './forward.ts';
import type { Arena, Pointer } from './kernels/arena.ts';
import { type Model, rowMajor } from './model.ts';
import type { Plan, Rows } from './plan.ts';

/** A LoRA pair that is being trained, in the arena: row-major for the way back, gradients beside. */
export interface TrainedPair {
  readonly rank: number;
  /** `[rank, inputs]` */
  readonly a: Pointer;
  /** `[outputs, rank]`, times alpha / rank */
  readonly b: Pointer;
  /** `[rank, inputs]`, added to */
  readonly gradientA: Pointer;
  /** `[rank, outputs]`, of B transposed and before alpha / rank; added to */
  readonly gradientB: Pointer;
}

/** Rows summed into a gradient at a time: so many inputs stay in the first cache while all their columns are read. */
const GRADIENT_ROWS = 32;

interface Call {
  readonly model: Model;
  readonly plan: Plan;
  readonly pairs: ReadonlyMap<string, TrainedPair>;
}

/**
 * Adds the gradients of the trained pairs, given that of the normed hidden states of the output rows. `forward` must have
 * kept its activations; nothing is computed below the first block, whose input has no parameters.
 */
export function backward(
  model: Model,
  plan: Plan,
  result: Forward,
  dHidden: Pointer,
  pairs: ReadonlyMap<string, TrainedPair>,
): void {
  const { arena, kernels, config } = model;
  const mark = arena.mark();
  const rows = plan.outputs.count;
  let dx = arena.zeros(rows * config.hiddenSize);
  kernels.rmsNormBack(result.x, model.finalNorm, result.inverse, dHidden, dx, rows, config.hiddenSize);
  for (const trace of result.blocks.toReversed()) dx = blockBack({ model, plan, pairs }, trace, dx);
  arena.reset(mark);
}

/** dx is the gradient of the block's output at its query rows; answers that of its input at all rows. */
function blockBack(call: Call, trace: BlockTrace, dx: Pointer): Pointer {
  const { model, plan } = call;
  const { arena, config } = model;
  const isNarrow = trace.queries !== plan.all;
  const below = isNarrow ? arena.zeros(plan.all.count * config.hiddenSize) : dx;
  const mark = arena.mark();
  mlpBack(call, trace, dx);
  const dNormed = attentionBack(call, trace, dx);
  if (isNarrow) scatter(arena, dx, below, config.hiddenSize, trace.queries);
  if (dNormed !== undefined) {
    const norm = model.blocks[trace.layer]?.attentionNorm ?? 0;
    const rows = plan.all.count;
    model.kernels.rmsNormBack(trace.x, norm, trace.inverse, dNormed, below, rows, config.hiddenSize);
  }
  arena.reset(mark);
  return below;
}

function mlpBack(call: Call, trace: BlockTrace, dx: Pointer): void {
  const { arena, kernels, config, blocks } = call.model;
  const { hiddenSize: hidden, intermediateSize: inner } = config;
  const { layer, queries } = trace;
  const size = queries.count * inner;
  const [dh, dgate, dNormed] = [arena.floats(size), arena.floats(size), arena.floats(queries.count * hidden)];
  linearBack(call, { layer, module: 'down_proj', rows: queries, dy: dx, trace: trace.linears.down_proj, dx: dh });
  kernels.siluBack(trace.gate, trace.up, dh, dgate, dh, size);
  const common = { layer, rows: queries, dx: dNormed };
  linearBack(call, { ...common, module: 'gate_proj', dy: dgate, trace: trace.linears.gate_proj });
  linearBack(call, { ...common, module: 'up_proj', dy: dh, trace: trace.linears.up_proj, add: true });
  const norm = blocks[layer]?.mlpNorm ?? 0;
  kernels.rmsNormBack(trace.middle, norm, trace.middleInverse, dNormed, dx, queries.count, hidden);
}

/** The gradient of the normed input at all rows; undefined in the first block, where nobody needs it. */
function attentionBack(call: Call, trace: BlockTrace, dx: Pointer): Pointer | undefined {
  const { model, plan } = call;
  const { arena, config, kvSize } = model;
  const { hiddenSize: hidden } = config;
  const { layer, queries, linears } = trace;
  const all = plan.all;
  const [dO, dQ] = [arena.floats(queries.count * hidden), arena.floats(queries.count * hidden)];
  const [dK, dV] = [arena.zeros(all.count * kvSize), arena.zeros(all.count * kvSize)];
  linearBack(call, { layer, module: 'o_proj', rows: queries, dy: dx, trace: linears.o_proj, dx: dO });
  attendBack(model, trace, { o: dO, q: dQ, k: dK, v: dV }, queries.spans, trace.probabilities ?? 0);
  rotate(model, dQ, queries.spans, config.heads, -1);
  rotate(model, dK, all.spans, config.kvHeads, -1);

  const isFirst = layer === 0;
  const isNarrow = queries !== all;
  const dNormed = isFirst ? undefined : arena.floats(all.count * hidden);
  const dAsking = isFirst || !isNarrow ? undefined : arena.floats(queries.count * hidden);
  linearBack(call, { layer, module: 'k_proj', rows: all, dy: dK, trace: linears.k_proj, dx: dNormed });
  linearBack(call, { layer, module: 'v_proj', rows: all, dy: dV, trace: linears.v_proj, dx: dNormed, add: true });
  const toQueries = { layer, rows: queries, dy: dQ, trace: linears.q_proj, dx: dAsking ?? dNormed, add: !isNarrow };
  linearBack(call, { ...toQueries, module: 'q_proj' });
  if (dAsking !== undefined && dNormed !== undefined) scatter(arena, dAsking, dNormed, hidden, queries);
  return dNormed;
}

/** dx = dy W (or dx += it), and the gradients of the module's trained pair. */
function linearBack(
  { model, pairs }: Call,
  call: {
    readonly layer: number;
    readonly module: TargetModule;
    readonly rows: Rows;
    readonly dy: Pointer;
    readonly trace: LinearTrace;
    readonly dx: Pointer | undefined;
    readonly add?: boolean;
  },
): void {
  const { arena, kernels } = model;
  const { layer, module, dy, trace, dx } = call;
  const rows = call.rows.count;
  const linear = model.blocks[layer]?.linears[module];
  if (linear?.backward === undefined) throw new RangeError('The model was loaded without what gradients need.');
  const { inputs, outputs } = linear;
  const dyLeft = { at: dy, rowStride: 4 * outputs, columnStride: 4 };
  const to = dx === undefined ? undefined : { at: dx, rowStride: 4 * inputs };
  if (to !== undefined) kernels.gemm(dyLeft, linear.backward, to, rows, inputs, outputs, call.add === true);
  const pair = pairs.get(`layers.${layer}.${module}`);
  if (pair === undefined) return;
  const { rank } = pair;
  const mark = arena.mark();
  const dRank = arena.floats(rows * rank);
  kernels.gemm(dyLeft, rowMajor(pair.b, rank), { at: dRank, rowStride: 4 * rank }, rows, rank, outputs, false);
  const left = { at: dRank, rowStride: 4 * rank, columnStride: 4 };
  if (to !== undefined) kernels.gemm(left, rowMajor(pair.a, inputs), to, rows, inputs, rank, true);
  addOuter(model, dRank, rank, trace.x, inputs, rows, pair.gradientA);
  addOuter(model, trace.inRank, rank, dy, outputs, rows, pair.gradientB);
  arena.reset(mark);
}

/** to [rank, width] += narrow^T [rank, rows] x wide [rows, width]. */
function addOuter(
  { kernels }: Model,
  narrow: Pointer,
  rank: number,
  wide: Pointer,
  width: number,
  rows: number,
  to: Pointer,
): void {
  for (let row = 0; row < rows; row += GRADIENT_ROWS) {
    const left = { at: narrow + 4 * row * rank, rowStride: 4, columnStride: 4 * rank };
    const right = rowMajor(wide + 4 * row * width, width);
    const count = Math.min(GRADIENT_ROWS, rows - row);
    kernels.gemm(left, right, { at: to, rowStride: 4 * width }, rank, width, count, true);
  }
}

/** Adds the query rows onto their rows of the whole batch. */
function scatter(arena: Arena, from: Pointer, to: Pointer, width: number, rows: Rows): void {
  const numbers = arena.all();
  for (const { segment, offset, length, at } of rows.spans) {
    const target = to / 4 + (segment.at + offset) * width;
    const source = from / 4 + at * width;
    for (let i = 0; i < length * width; i += 1) {
      numbers[target + i] = (numbers[target + i] ?? 0) + (numbers[source + i] ?? 0);
    }
  }
}
