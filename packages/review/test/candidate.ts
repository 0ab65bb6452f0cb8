import type { CandidateFinding } from '@continuum/contract/finding';

type Changes = Partial<Omit<CandidateFinding, 'facts'>> & { readonly facts?: Partial<CandidateFinding['facts']> };

/** A claim with the given particulars. */
export function claim({ facts, ...changes }: Changes = {}): CandidateFinding {
  const line = changes.line ?? 1;
  return {
    rule: 'ast/js-command-injection',
    category: 'security',
    severity: 'high',
    confidence: 0.5,
    path: 'src/a.ts',
    line,
    endLine: line,
    column: 1,
    evidence: 'exec("ls " + name)',
    title: 'Command injection',
    message: 'A value reaches a shell.',
    claimedBy: [],
    references: [],
    facts: {
      language: 'typescript',
      pathClass: 'source',
      role: 'called',
      origins: ['parameter'],
      guards: [],
      sanitizers: [],
      enclosing: ['function'],
      functionName: 'list',
      exported: true,
      callee: 'child_process.exec',
      frameworks: [],
      ...facts,
    },
    ...changes,
  };
}
