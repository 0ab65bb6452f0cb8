import type { Finding, Severity } from '@continuum/contract/finding';
import type { Annotation } from '@continuum/contract/ports/code-host';

const LEVEL: Readonly<Record<Severity, Annotation['level']>> = {
  critical: 'failure',
  high: 'failure',
  medium: 'warning',
  low: 'notice',
  info: 'notice',
};

const LONGEST_TITLE = 200;
const LONGEST_MESSAGE = 4_000;

/** A finding as a note at its lines, plain text. */
export function annotationOf({ path, line, endLine, severity, title, message, rule }: Finding): Annotation {
  const text = `${message}\n\n${rule}`;
  return {
    ...{ path, startLine: line, endLine: Math.max(line, endLine), level: LEVEL[severity] },
    title: `${severity}: ${title}`.slice(0, LONGEST_TITLE),
    message: text.slice(0, LONGEST_MESSAGE),
  };
}

/** What a check says in one line: how many findings are open, and how severe. */
export function checkTitle(open: readonly Pick<Finding, 'severity'>[]): string {
  if (open.length === 0) return 'Nothing to report';
  const bySeverity = Map.groupBy(open, ({ severity }) => severity);
  const counts = Object.keys(LEVEL).flatMap((severity) => {
    const found = [...bySeverity].find(([each]) => each === severity)?.[1];
    return found === undefined ? [] : [`${found.length} ${severity}`];
  });
  return `${open.length} ${open.length === 1 ? 'finding' : 'findings'}: ${counts.join(', ')}`;
}
