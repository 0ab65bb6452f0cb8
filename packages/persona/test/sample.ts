import { ChangeSet } from '@continuum/contract/change-set';
import { Finding } from '@continuum/contract/finding';
import { PersonaDefinition } from '@continuum/contract/persona';
import { Message } from '@continuum/contract/room';
import type { ModelClaim } from '../src/model-review.ts';

export const AT = '2026-01-01T00:00:00.000Z';
export const NOW = new Date('2026-01-01T00:10:00.000Z');

export function persona(id = 'security-ai', interests: string[] = ['injection', 'sql', 'secret']): PersonaDefinition {
  return PersonaDefinition.parse({ id, name: id, description: id, brief: 'Look for holes.', interests, skills: [] });
}

export function message(id: string, text: string, changes: Record<string, unknown> = {}): Message {
  const author = { kind: 'person', id: 'ann', name: 'Ann' };
  const fixed = { roomId: 'dev-updates', threadId: null, replyTo: null, source: { kind: 'web' }, at: AT };
  return Message.parse({ id, text, author, ...fixed, ...changes });
}

export const by = (id: string) => ({ author: { kind: 'persona', id, name: id } });

export function claim(changes: Partial<ModelClaim> = {}): ModelClaim {
  return {
    ...{ path: 'src/db.ts', line: 2, quote: 'db.query("select " + id)', category: 'security', severity: 'high' },
    ...{ confidence: 0.9, title: 'SQL from input', message: 'Bind the id.', cwe: 'CWE-89' },
    ...changes,
  };
}

/** A new file whose lines are all added. */
export function change(path: string, lines: readonly string[]): ChangeSet {
  const added = lines.map((text, index) => ({ kind: 'add', text, newLine: index + 1 }));
  const hunk = { oldStart: 0, newStart: 1, lines: added };
  const file = { path, status: 'added', hunks: [hunk], content: lines.join('\n'), complete: true };
  return ChangeSet.parse({ repo: 'acme/shop', files: [file] });
}

export const SHOP = change('src/db.ts', ['const id = req.query.id;', '  db.query("select " + id);', '}']);

export function finding(changes: Partial<Record<keyof Finding, unknown>> = {}): Finding {
  return Finding.parse({
    ...{ id: 'f1', reviewId: 'r1', repo: 'acme/shop', rule: 'ast/js-sql', category: 'security', severity: 'high' },
    ...{
      confidence: 0.9,
      path: 'src/db.ts',
      line: 15,
      endLine: 15,
      evidence: 'db.query(sql)',
      title: 'SQL from input',
    },
    ...{ message: 'A request value reaches the query. Use bound parameters instead.', cwe: 'CWE-89' },
    facts: {
      ...{ language: 'typescript', pathClass: 'source', role: 'argument', origins: ['request'], guards: [] },
      ...{ sanitizers: [], enclosing: [], functionName: '', exported: false, callee: 'db.query', frameworks: [] },
    },
    ...{ fingerprint: 'x', persona: 'security-ai', scope: '/security/', status: 'posted', at: AT, claimedBy: ['ast'] },
    judgement: {
      ...{ verdict: 'post', score: 0.83 },
      why: [
        { kind: 'analyzer', text: 'The rule js-sql is sure' },
        { kind: 'memory', text: 'Ann confirmed a similar one', link: 'https://x.test/1', author: 'ann' },
      ],
    },
    ...changes,
  });
}
