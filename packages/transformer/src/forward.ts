import type { TargetModule } from '@continuum/contract/layer';
import { attend, probabilityFloats } from './attention.ts';
import type { Arena, Pointer } from './kernels/arena.ts';
import type { Model } from './model.ts';
import type { Plan, Rows, Span } from './plan.ts';

/** What a linear layer left for its gradient: its input, and the input in the rank of the trained adapter. */
export interface LinearTrace {
  readonly x: Pointer;
  readonly inRank: Pointer;
}

/** Activations of one block, kept for the way back. `q` and what follows have the rows of the queries. */
export interface BlockTrace {
  readonly layer: number;
  readonly queries: Rows;
  readonly x: Pointer;
  readonly inverse: Pointer;
  /** The residual stream at the rows that ask. */
  readonly asking: Pointer;
  readonly q: Pointer;
  readonly k: Pointer;
  readonly v: Pointer;
  readonly o: Pointer;
  readonly probabilities: Pointer | undefined;
  readonly middle: Pointer;
  readonly middleInverse: Pointer;
  readonly gate: Pointer;
  readonly up: Pointer;
  readonly linears: Readonly<Record<TargetModule, LinearTrace>>;
}

/** The outcome of a forward pass, in scratch memory of the arena. */
export interface Forward {
  /** Residual stream of the output rows, and 1 / rms of each. */
  readonly x: Pointer;
  readonly inverse: Pointer;
  /** After the final norm: `[output rows, hidden]`. */
  readonly hidden: Pointer;
  /** Empty unless activations were to be kept. */
  readonly blocks: readonly BlockTrace[];
}

/**
 * Runs a batch through the model (Llama: pre-norm, rotary positions on half heads, SiLU gate). The last block computes
 * only what the output rows need. Scratch memory above the caller's mark holds the result; `keep` holds all activations.
 */
export function forward(model: Model, plan: Plan, options: { readonly keep?: boolean } = {}): Forward {
  const { arena, kernels, config } = model;
  const { hiddenSize: hidden, layers } = config;
  const keep = options.keep === true;
  let x = embed(model, plan.tokens);
  // Without `keep` every block hands its result to the same buffer and gives its scratch memory back.
  const result = keep ? undefined : arena.floats(plan.all.count * hidden);
  const blocks: BlockTrace[] = [];
  for (let layer = 0; layer < layers; layer += 1) {
    const mark = arena.mark();
    const { trace, out } = forwardBlock(model, plan, layer, x, keep);
    if (result === undefined) {
      blocks.push(trace);
      x = out;
    } else {
      copy(arena, out, result, trace.queries.count * hidden);
      x = result;
      arena.reset(mark);
    }
  }
  const rows = plan.outputs.count;
  const [normed, inverse] = [arena.floats(rows * hidden), arena.floats(rows)];
  kernels.rmsNorm(x, model.finalNorm, normed, inverse, rows, hidden, config.rmsNormEps);
  return { x, inverse, hidden: normed, blocks };
}

function embed(model: Model, tokens: readonly number[]): Pointer {
  const { hiddenSize: hidden } = model.config;
  const x = model.arena.floats(tokens.length * hidden);
  for (const [row, token] of tokens.entries()) {
    copy(model.arena, model.embedding + 4 * token * hidden, x + 4 * row * hidden, hidden);
  }
  return x;
}

/** Moves `count` floats. */
export function copy(arena: Arena, from: Pointer, to: Pointer, count: number): void {
  arena.all().copyWithin(to / 4, from / 4, from / 4 + count);
}

/** Rows of the whole batch that the spans ask for, gathered. */
function gather(arena: Arena, from: Pointer, width: number, rows: Rows): Pointer {
  const to = arena.floats(rows.count * width);
  for (const span of rows.spans) {
    copy(arena, from + 4 * (span.segment.at + span.offset) * width, to + 4 * span.at * width, span.length * width);
  }
  return to;
}

function forwardBlock(
  model: Model,
  plan: Plan,
  layer: number,
  x: Pointer,
  keep: boolean,
): { readonly trace: BlockTrace; readonly out: Pointer } {
  const { arena, kernels, config } = model;
  const { hiddenSize: hidden, intermediateSize: inner, rmsNormEps } = config;
  const block = model.blocks[layer];
  if (block === undefined) throw new RangeError(`The model has no block ${layer}.`);
  const narrow = layer === config.layers - 1 && plan.outputs.count < plan.all.count;
  const queries = narrow ? plan.outputs : plan.all;
  const linear = (module: TargetModule, from: Pointer, rows: Rows, to?: Pointer): { y: Pointer; trace: LinearTrace } =>
    applyLinear(model, { layer, module, rows, x: from, to });

  const [normed, inverse] = [arena.floats(plan.all.count * hidden), arena.floats(plan.all.count)];
  kernels.rmsNorm(x, block.attentionNorm, normed, inverse, plan.all.count, hidden, rmsNormEps);
  const asking = narrow ? gather(arena, x, hidden, queries) : x;
  const q = linear('q_proj', narrow ? gather(arena, normed, hidden, queries) : normed, queries);
  const k = linear('k_proj', normed, plan.all);
  const v = linear('v_proj', normed, plan.all);
  rotate(model, q.y, queries.spans, config.heads, 1);
  rotate(model, k.y, plan.all.spans, config.kvHeads, 1);
  remember(model, plan.all.spans, layer, { k: k.y, v: v.y });
  const o = arena.floats(queries.count * hidden);
  const probabilities = keep ? arena.floats(probabilityFloats(model, queries.spans)) : undefined;
  attend(model, { layer, q: q.y, k: k.y, v: v.y, o }, queries.spans, probabilities);

  const middle = arena.floats(queries.count * hidden);
  copy(arena, asking, middle, queries.count * hidden);
  const attended = linear('o_proj', o, queries, middle);
  const [normedMiddle, middleInverse] = [arena.floats(queries.count * hidden), arena.floats(queries.count)];
  kernels.rmsNorm(middle, block.mlpNorm, normedMiddle, middleInverse, queries.count, hidden, rmsNormEps);
  const gate = linear('gate_proj', normedMiddle, queries);
  const up = linear('up_proj', normedMiddle, queries);
  const h = arena.floats(queries.count * inner);
  kernels.silu(gate.y, up.y, h, queries.count * inner);
  const out = arena.floats(queries.count * hidden);
  copy(arena, middle, out, queries.count * hidden);
  const down = linear('down_proj', h, queries, out);
  const linears = {
    q_proj: q.trace,
    k_proj: k.trace,
    v_proj: v.trace,
    o_proj: attended.trace,
    gate_proj: gate.trace,
    up_proj: up.trace,
    down_proj: down.trace,
  };
  return {
    out,
    trace: {
      layer,
      queries,
      x,
      inverse,
      asking,
      q: q.y,
      k: k.y,
      v: v.y,
      o,
      probabilities,
      middle,
      middleInverse,
      gate: gate.y,
      up: up.y,
      linears,
    },
  };
}

/** y = x W^T (or y += it, into `to`), and for each group of rows the deltas of its adapters. */
function applyLinear(
  model: Model,
  call: {
    readonly layer: number;
    readonly module: TargetModule;
    readonly rows: Rows;
    readonly x: Pointer;
    readonly to: Pointer | undefined;
  },
): { readonly y: Pointer; readonly trace: LinearTrace } {
  const { arena, kernels } = model;
  const { module, layer, rows, x } = call;
  const linear = model.blocks[layer]?.linears[module];
  if (linear === undefined) throw new RangeError(`The model has no block ${layer}.`);
  const { inputs, outputs } = linear;
  const y = call.to ?? arena.floats(rows.count * outputs);
  const left = (at: Pointer, width: number) => ({ at, rowStride: 4 * width, columnStride: 4 });
  const to = (at: Pointer, width: number) => ({ at, rowStride: 4 * width });
  kernels.gemm(left(x, inputs), linear.forward, to(y, outputs), rows.count, outputs, inputs, call.to !== undefined);
  let inRank: Pointer = 0;
  for (const group of rows.groups) {
    for (const adapter of group.adapters) {
      const lora = adapter.get(`layers.${layer}.${module}`);
      if (lora === undefined) continue;
      inRank = arena.floats(group.length * lora.rank);
      const from = left(x + 4 * group.at * inputs, inputs);
      kernels.gemm(from, lora.down, to(inRank, lora.rank), group.length, lora.rank, inputs, false);
      const add = to(y + 4 * group.at * outputs, outputs);
      kernels.gemm(left(inRank, lora.rank), lora.up, add, group.length, outputs, lora.rank, true);
    }
  }
  return { y, trace: { x, inRank } };
}

/** Rotary positions of the rows of spans, in place; sign -1 turns gradients back. */
export function rotate(model: Model, x: Pointer, spans: readonly Span[], heads: number, sign: 1 | -1): void {
  const half = model.headSize / 2;
  for (const { segment, offset, length, at } of spans) {
    const from = 4 * (segment.position + offset) * half;
    const row = x + 8 * at * heads * half;
    model.kernels.rope(row, length, heads, half, model.cos + from, model.sin + from, sign);
  }
}

/** Adds the keys and values of segments with a cache to it; the caller moves its length on after the last block. */
function remember(model: Model, spans: readonly Span[], layer: number, from: { k: Pointer; v: Pointer }): void {
  const width = model.kvSize;
  for (const { segment } of spans) {
    if (segment.cache === undefined) continue;
    const to = 4 * segment.position * width;
    copy(model.arena, from.k + 4 * segment.at * width, (segment.cache.keys[layer] ?? 0) + to, segment.length * width);
    copy(model.arena, from.v + 4 * segment.at * width, (segment.cache.values[layer] ?? 0) + to, segment.length * width);
  }
}
