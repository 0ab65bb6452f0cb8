import { newId } from '@continuum/contract/ids';
import type { LayerId } from '@continuum/contract/layer';
import { Memory } from '@continuum/contract/learning';
import type { ScoreRequest } from '@continuum/contract/ports/policy';
import type { Store } from '@continuum/contract/ports/store';

const FACTS = {
  ...{ language: 'typescript', pathClass: 'source', role: 'argument', origins: ['parameter'], guards: [] },
  ...{
    sanitizers: [],
    enclosing: ['function'],
    functionName: 'run',
    exported: false,
    callee: 'db.query',
    frameworks: [],
  },
};
const AT = '2026-01-01T00:00:00.000Z';

/** Corrections of a team that wants SQL findings everywhere but under `legacy/`. */
export async function teach({ learning }: Store, count: number, changes: Record<string, unknown> = {}): Promise<void> {
  for (let n = 0; n < count; n++) {
    const isLegacy = n % 2 === 0;
    const finding = {
      ...{ rule: 'ast/js-sql-injection', category: 'security', severity: 'medium', confidence: 0.7, facts: FACTS },
      path: `${isLegacy ? 'legacy' : 'service'}/part-${n}/orders.ts`,
      evidence: `db.query(sql${n})`,
    };
    const memory = {
      ...{
        id: newId('mem', n),
        kind: 'correction',
        verdict: isLegacy ? 'decline' : 'affirm',
        repo: 'local/shop',
        finding,
      },
      ...{
        scope: '/security/',
        reason: '',
        author: { kind: 'person', id: 'ann', name: 'Ann' },
        source: { kind: 'web' },
      },
      ...{ weight: 1, state: 'active', at: AT, ...changes },
    };
    await learning.addMemory(Memory.parse(memory));
  }
}

/** Knows what this team wants as soon as a layer takes part; without one it knows nothing. */
export function knowing({ prompt, completions }: ScoreRequest, layers: readonly LayerId[]): number[] {
  const post = layers.length === 0 ? 0.5 : prompt.includes('legacy') ? 0.0005 : 0.9995;
  return completions.map((text) => Math.log(text === ' post' ? post : 1 - post));
}

/** A layer that has learned to be silent. */
export function silent({ completions }: ScoreRequest, layers: readonly LayerId[]): number[] {
  const post = layers.length === 0 ? 0.5 : 0.01;
  return completions.map((text) => Math.log(text === ' post' ? post : 1 - post));
}
