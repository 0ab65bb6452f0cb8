import type { RememberedFinding } from '@continuum/contract/learning';
import { fitLogistic, type LogisticExample, type SparseVector, score } from './logistic.ts';
import type { TeamModel } from './team-model.ts';

/** Loss weight of one correction over the penalty on the weights. */
const STRENGTH = 1.5;
const RULE_VALUE = 2;
/** The newest corrections count; more would make a review wait. */
const MOST_LESSONS = 600;

/** A second opinion on findings that knows no facts and no reasons: log-odds of posting, from the text alone. */
export type TextView = (finding: RememberedFinding) => number;

const fitted = new WeakMap<TeamModel, TextView>();

/**
 * Logistic regression over TF-IDF tokens of rule, path and code. It errs elsewhere than the memory, which reasons about
 * facts: a judge that hears both can tell when to doubt one (co-training's two views, Blum and Mitchell 1998).
 */
export function textViewOf(model: TeamModel): TextView {
  const known = fitted.get(model);
  if (known !== undefined) return known;
  const view = fitView(model);
  fitted.set(model, view);
  return view;
}

function fitView({ recalled }: TeamModel): TextView {
  const lessons = recalled.slice(-MOST_LESSONS);
  if (lessons.length === 0) return () => 0;
  const space = new TokenSpace(lessons.map(({ finding }) => finding));
  const examples = lessons.map(
    ({ finding, memory }): LogisticExample => ({
      x: space.vector(finding),
      y: memory.verdict === 'affirm' ? 1 : -1,
      c: STRENGTH * memory.weight,
    }),
  );
  const { weights } = fitLogistic(examples, space.size);
  return (finding) => score(space.vector(finding), weights);
}

/** TF-IDF vectors of Euclidean length 1, beside an indicator of the rule and a constant. */
class TokenSpace {
  readonly #indices = new Map<string, number>();
  readonly #idf = new Map<string, number>();

  constructor(findings: readonly RememberedFinding[]) {
    const counts = new Map<string, number>();
    for (const finding of findings) {
      this.#grow(`rule ${finding.rule}`);
      for (const token of new Set(tokensOf(finding))) counts.set(token, (counts.get(token) ?? 0) + 1);
    }
    for (const [token, count] of counts) {
      this.#grow(token);
      this.#idf.set(token, Math.log((1 + findings.length) / (1 + count)) + 1);
    }
  }

  /** The last index is the constant's. */
  get size(): number {
    return this.#indices.size + 1;
  }

  vector(finding: RememberedFinding): SparseVector {
    const values = new Map<number, number>();
    for (const token of tokensOf(finding)) {
      const index = this.#indices.get(token);
      if (index !== undefined) values.set(index, (values.get(index) ?? 0) + (this.#idf.get(token) ?? 0));
    }
    const length = Math.hypot(...values.values()) || 1;
    const pairs = [...values].map(([index, value]): [number, number] => [index, value / length]);
    const rule = this.#indices.get(`rule ${finding.rule}`);
    if (rule !== undefined) pairs.push([rule, RULE_VALUE]);
    pairs.push([this.#indices.size, 1]);
    pairs.sort(([a], [b]) => a - b);
    return {
      indices: Int32Array.from(pairs, ([index]) => index),
      values: Float64Array.from(pairs, ([, value]) => value),
    };
  }

  #grow(token: string): void {
    if (!this.#indices.has(token)) this.#indices.set(token, this.#indices.size);
  }
}

/** Every name, number and sign of path and code in lower case, and how severe it is. */
function tokensOf({ path, evidence, severity }: RememberedFinding): string[] {
  const tokens = `${path} ${evidence}`.toLowerCase().match(/[a-z_$][\w$]*|\d+|[^\s\w]/g) ?? [];
  return [`severity ${severity}`, ...tokens];
}
