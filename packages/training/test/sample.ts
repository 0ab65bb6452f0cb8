import { Finding } from '@continuum/contract/finding';
import { Author, MessageSource } from '@continuum/contract/room';
import type { Span } from '../src/example.ts';

export const AT = '2026-01-01T00:00:00.000Z';
export const ANN = Author.parse({ kind: 'person', id: 'ann', name: 'Ann' });

export function finding(changes: Partial<Record<keyof Finding, unknown>> = {}): Finding {
  return Finding.parse({
    id: 'f1',
    reviewId: 'r1',
    repo: 'acme/shop',
    rule: 'ast/js-sql-injection',
    category: 'security',
    severity: 'high',
    confidence: 0.9,
    path: 'src/db.ts',
    line: 15,
    endLine: 15,
    evidence: 'db.query("select " + id)',
    title: 'SQL built from input',
    message: 'Use parameters.',
    facts: {
      language: 'typescript',
      pathClass: 'source',
      role: 'argument',
      origins: ['request'],
      guards: [],
      sanitizers: [],
      enclosing: ['function'],
      functionName: 'load',
      exported: true,
      callee: 'db.query',
      frameworks: [],
    },
    fingerprint: 'abc',
    persona: 'security-ai',
    scope: '/security/',
    judgement: { verdict: 'post', score: 0.8, why: [{ kind: 'memory', text: 'RECALLED MEMORY TEXT' }] },
    status: 'posted',
    at: AT,
    ...changes,
  });
}

export function span(changes: Partial<Span> = {}): Span {
  return {
    signal: 'correction',
    verdict: 'decline',
    finding: finding(),
    reason: 'that is parameterized, see line 15',
    confidence: 0.8,
    author: ANN,
    permission: 'write',
    source: MessageSource.parse({ kind: 'github', externalId: '9' }),
    consent: 'default',
    messageIds: [],
    posted: 'SQL built from input. Use parameters.',
    state: 'active',
    at: AT,
    ...changes,
  };
}
