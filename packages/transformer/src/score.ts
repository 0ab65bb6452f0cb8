import { forward } from './forward.ts';
import type { Model } from './model.ts';
import { logProbabilities, project } from './outputs.ts';
import { type PlannedRequest, planCompletions, rowsOf } from './plan.ts';

/** Rows of one batch: enough to fill the kernels, few enough to stay near the caches. */
const BATCH_ROWS = 512;

/** Log-probabilities of the completions by request; requests are computed together up to `limit` rows. */
export function scoreRequests(model: Model, requests: readonly PlannedRequest[], limit = BATCH_ROWS): number[][] {
  return batches(requests, limit).flatMap((batch) => {
    const mark = model.arena.mark();
    const { plan, targets } = planCompletions(batch);
    const { hidden } = forward(model, plan);
    const { count } = plan.outputs;
    const sums = logProbabilities(model, project(model, hidden, count), count, targets.flat());
    model.arena.reset(mark);
    return chunks(sums, targets);
  });
}

/** Neighbouring requests together, up to a number of rows; a longer one goes alone. */
export function batches<Request extends Pick<PlannedRequest, 'prompt' | 'completions'>>(
  requests: readonly Request[],
  limit = BATCH_ROWS,
): Request[][] {
  const made: Request[][] = [];
  let rows = Number.POSITIVE_INFINITY;
  for (const request of requests) {
    const more = rowsOf(request);
    if (rows + more > limit) {
      made.push([]);
      rows = 0;
    }
    made.at(-1)?.push(request);
    rows += more;
  }
  return made;
}

/** A flat list in pieces as long as the lists of `like`. */
export function chunks<Item>(flat: readonly Item[], like: readonly { readonly length: number }[]): Item[][] {
  let next = 0;
  return like.map(({ length }) => {
    next += length;
    return flat.slice(next - length, next);
  });
}
