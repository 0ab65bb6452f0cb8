import type { Pointer } from './kernels/arena.ts';
import type { Model } from './model.ts';

/** Logits `[rows, logitWidth]` of normed hidden states; the columns beyond the vocabulary are as good as minus infinity. */
export function project(model: Model, hidden: Pointer, rows: number): Pointer {
  const { arena, kernels, config, logitWidth } = model;
  const logits = arena.floats(rows * logitWidth);
  const left = { at: hidden, rowStride: 4 * config.hiddenSize, columnStride: 4 };
  const out = { at: logits, rowStride: 4 * logitWidth };
  kernels.gemm(left, model.output.forward, out, rows, logitWidth, config.hiddenSize, false);
  for (let row = 0; row < rows; row += 1) {
    const padding = logits + 4 * (row * logitWidth + config.vocabSize);
    arena.view(padding, logitWidth - config.vocabSize).fill(-1e30);
  }
  return logits;
}

/** A token whose log-probability is asked, and the row of logits that predicts it. */
export interface Target {
  readonly row: number;
  readonly token: number;
}

/** Natural log-probabilities, summed over the targets of each list. The logits become probabilities, in place. */
export function logProbabilities(
  model: Model,
  logits: Pointer,
  rows: number,
  targets: readonly (readonly Target[])[],
): number[] {
  const { arena, kernels, logitWidth } = model;
  const at = ({ row, token }: Target): number => logits / 4 + row * logitWidth + token;
  const chosen = targets.map((list) => list.map((target) => arena.all()[at(target)] ?? 0));
  const about = arena.floats(2 * rows);
  for (let row = 0; row < rows; row += 1) {
    kernels.softmaxRow(logits + 4 * row * logitWidth, logitWidth, about + 8 * row);
  }
  const normalizers = arena.view(about, 2 * rows);
  return targets.map((list, i) =>
    list.reduce((sum, { row }, j) => {
      const [logit = 0, max = 0, total = 1] = [chosen[i]?.[j], normalizers[2 * row], normalizers[2 * row + 1]];
      return sum + (logit - max - Math.log(total));
    }, 0),
  );
}

/** Probabilities `[rows, logitWidth]` become the gradient of the logits, where the loss has `slopes` by the targets' log-probabilities. */
export function logitGradient(
  model: Model,
  probabilities: Pointer,
  rows: number,
  targets: readonly (readonly Target[])[],
  slopes: readonly number[],
): void {
  const { logitWidth, arena } = model;
  const perRow = new Float64Array(rows);
  for (const [i, list] of targets.entries()) {
    for (const { row } of list) perRow[row] = (perRow[row] ?? 0) + (slopes[i] ?? 0);
  }
  const numbers = arena.view(probabilities, rows * logitWidth);
  for (let row = 0; row < rows; row += 1) {
    const factor = -(perRow[row] ?? 0);
    for (let i = row * logitWidth; i < (row + 1) * logitWidth; i += 1) numbers[i] = factor * (numbers[i] ?? 0);
  }
  for (const [i, list] of targets.entries()) {
    for (const { row, token } of list) {
      const place = row * logitWidth + token;
      numbers[place] = (numbers[place] ?? 0) + (slopes[i] ?? 0);
    }
  }
}
