import { Finding, Review } from '@continuum/contract/finding';
import { PersonaDefinition } from '@continuum/contract/persona';
import { Message } from '@continuum/contract/room';

const AT = '2026-01-01T00:00:00.000Z';

export const PERSONA = PersonaDefinition.parse({
  id: 'security-ai',
  name: 'Security AI',
  emoji: '🛡️',
  description: 'Security',
  interests: ['security'],
  skills: [],
});

export function finding(changes: Partial<Record<keyof Finding, unknown>> = {}): Finding {
  return Finding.parse({
    id: 'f1',
    reviewId: 'r1',
    repo: 'acme/shop',
    pr: 7,
    rule: 'ast/js-sql-injection',
    category: 'security',
    severity: 'high',
    confidence: 0.9,
    path: 'src/db.ts',
    line: 15,
    endLine: 15,
    evidence: 'db.query("select " + id)',
    title: 'SQL built from input',
    message: 'A request value reaches the query. Use `?` parameters.',
    cwe: 'CWE-89',
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
    judgement: { verdict: 'post', score: 0.8, why: [{ kind: 'analyzer', text: 'The rule is sure' }] },
    status: 'posted',
    at: AT,
    ...changes,
  });
}

export function review(changes: Partial<Record<keyof Review, unknown>> = {}): Review {
  const stats = { files: 1, addedLines: 10, candidates: 2, posted: 1, withheld: 1, ms: 5 };
  const fixed = {
    id: 'r1',
    repo: 'acme/shop',
    title: 'A change',
    trigger: 'webhook',
    key: 'k',
    status: 'done',
    skipped: [],
  };
  return Review.parse({ ...fixed, stats, at: AT, ...changes });
}

export function message(id: string, changes: Record<string, unknown> = {}): Message {
  const fixed = { roomId: 'dev-updates', threadId: null, replyTo: null, text: 'x', source: { kind: 'web' }, at: AT };
  return Message.parse({ id, author: { kind: 'person', id: 'ann', name: 'Ann' }, ...fixed, ...changes });
}
