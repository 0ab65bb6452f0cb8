import type { CandidateFinding, Facts } from '@continuum/contract/finding';
import { MemoryId, ScopeId } from '@continuum/contract/ids';
import type { Memory } from '@continuum/contract/learning';

export type FindingParts = Partial<Omit<CandidateFinding, 'facts'>> & { readonly facts?: Partial<Facts> };

/** A finding of dynamic property access, changed where the parts say so. */
export function findingWith(parts: FindingParts = {}): CandidateFinding {
  const { facts, ...rest } = parts;
  return {
    rule: 'ast/js-object-injection',
    category: 'security',
    severity: 'medium',
    confidence: 0.6,
    path: 'lib/store.js',
    line: 10,
    endLine: 10,
    column: 1,
    evidence: 'items[name]',
    title: 'Dynamic property access',
    message: 'The key comes from outside.',
    claimedBy: ['ast'],
    references: [],
    ...rest,
    facts: {
      language: 'javascript',
      pathClass: 'source',
      role: 'read',
      origins: ['parameter'],
      guards: [],
      sanitizers: [],
      enclosing: ['function'],
      functionName: 'find',
      exported: true,
      callee: '',
      frameworks: [],
      ...facts,
    },
  };
}

export type MemoryParts = Partial<Omit<Memory, 'id' | 'author' | 'source'>> & {
  readonly id: string;
  readonly author?: string;
  readonly url?: string;
};

/** A correction by a person; a decline unless the parts say otherwise. */
export function memoryWith({ id, author = 'ada', url, ...rest }: MemoryParts): Memory {
  const { rule, category, severity, confidence, path, evidence, facts } = findingWith();
  return {
    kind: 'correction',
    verdict: 'decline',
    repo: 'acme/shop',
    scope: ScopeId.parse('/'),
    finding: { rule, category, severity, confidence, path, evidence, facts },
    reason: '',
    weight: 1,
    state: 'active',
    at: `2026-01-01T00:00:00.${id.replace(/\D/g, '').padStart(3, '0').slice(-3)}Z`,
    ...rest,
    id: MemoryId.parse(id),
    author: { kind: 'person', id: author, name: author },
    source: { kind: 'api', ...(url === undefined ? {} : { url }) },
  };
}
