import type { Facts, Finding } from '@continuum/contract/finding';

/** The task of every decision about a finding, the same words in training and in use. */
export const SYSTEM_PROMPT =
  'You decide whether a team wants to see a finding about its code. Answer "post" or "skip" first, then the reason.';

const MAX_EVIDENCE = 2000;

/** A finding as a model reads it: rule, place, code and structural facts. No memory and no earlier judgement is in it. */
export function describeFinding(
  finding: Pick<Finding, 'rule' | 'category' | 'severity' | 'cwe' | 'path' | 'scope' | 'title' | 'evidence' | 'facts'>,
): string {
  return [
    `rule: ${finding.rule}`,
    `category: ${finding.category}, severity: ${finding.severity}${finding.cwe === undefined ? '' : `, ${finding.cwe}`}`,
    `path: ${finding.path}`,
    `scope: ${finding.scope}`,
    `claim: ${finding.title}`,
    ...describeFacts(finding.facts),
    'code:',
    finding.evidence.slice(0, MAX_EVIDENCE),
  ].join('\n');
}

/** The structural facts, one a line, empty ones left out. */
function describeFacts(facts: Facts): string[] {
  const lists: readonly (readonly [string, readonly string[]])[] = [
    ['origins', facts.origins],
    ['guards', facts.guards],
    ['sanitizers', facts.sanitizers],
    ['enclosing', facts.enclosing],
    ['frameworks', facts.frameworks],
  ];
  return [
    `language: ${facts.language}, file: ${facts.pathClass}`,
    `role: ${facts.role}${facts.callee === '' ? '' : `, callee: ${facts.callee}`}${facts.exported ? ', exported' : ''}`,
    ...lists.filter(([, values]) => values.length > 0).map(([name, values]) => `${name}: ${values.join(', ')}`),
  ];
}
