const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** First and second moments of AdamW, one number each for every parameter. */
export interface Moments {
  readonly first: Float32Array;
  readonly second: Float32Array;
}

/** AdamW with decoupled decay (Loshchilov and Hutter 2019), in place; `step` counts from 1. */
export function adamW(
  parameters: Float32Array,
  gradient: Float32Array,
  { first, second }: Moments,
  options: { readonly step: number; readonly learningRate: number; readonly weightDecay: number },
): void {
  const { step, learningRate, weightDecay } = options;
  const correction1 = 1 - BETA1 ** step;
  const correction2 = 1 - BETA2 ** step;
  for (let i = 0; i < parameters.length; i += 1) {
    const slope = gradient[i] ?? 0;
    const mean = BETA1 * (first[i] ?? 0) + (1 - BETA1) * slope;
    const square = BETA2 * (second[i] ?? 0) + (1 - BETA2) * slope * slope;
    first[i] = mean;
    second[i] = square;
    const move = mean / correction1 / (Math.sqrt(square / correction2) + EPSILON);
    const before = parameters[i] ?? 0;
    parameters[i] = before - learningRate * (move + weightDecay * before);
  }
}

/** Scales the gradient down to a Euclidean norm of `limit`, in place; answers with the norm before. */
export function clipNorm(gradient: Float32Array, limit: number): number {
  const norm = Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0));
  if (norm <= limit) return norm;
  const scale = limit / norm;
  gradient.forEach((value, i) => {
    gradient[i] = value * scale;
  });
  return norm;
}

/** The rate of a step (from 0): a linear climb over `warmUp` of all steps, then a cosine down to 0. */
export function rateAt(step: number, steps: number, peak: number, warmUp: number): number {
  const climb = Math.round(warmUp * steps);
  if (step < climb) return (peak * (step + 1)) / climb;
  return (peak * (1 + Math.cos((Math.PI * (step - climb)) / Math.max(1, steps - climb)))) / 2;
}
