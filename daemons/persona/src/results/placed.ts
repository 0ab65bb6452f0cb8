import { addedLines, type ChangedFile, type ChangeSet } from '@continuum/contract/change-set';
import type { CandidateFinding } from '@continuum/contract/finding';
import { pathClass } from '@continuum/review/path-class';
import { redactSecrets, secretValues } from '@continuum/review/secrets';

const MOST_EVIDENCE = 400;
const MOST_LINES = 10;

/**
 * The findings of a tool that stand on lines which a change added, with the path, the code and the class of file as the change
 * has them. A path that the tool wrote in full is told by its end, where only one changed file ends so. Secrets are taken out of
 * all that is shown.
 */
export function onAddedLines(findings: readonly CandidateFinding[], change: ChangeSet): CandidateFinding[] {
  const added = new Map(change.files.map((file) => [file.path, addedLines(file)]));
  return findings.flatMap((finding) => {
    const file = fileOf(finding.path, change.files);
    const lines = file === undefined ? undefined : added.get(file.path);
    if (file?.content === null || file === undefined || lines === undefined || !touches(finding, lines)) return [];
    return [toPlaced(finding, file, file.content)];
  });
}

function fileOf(path: string, files: readonly ChangedFile[]): ChangedFile | undefined {
  const exact = files.find((file) => file.path === path);
  if (exact !== undefined) return exact;
  const [only, ...others] = files.filter((file) => path.endsWith(`/${file.path}`));
  return others.length === 0 ? only : undefined;
}

function touches({ line, endLine }: CandidateFinding, added: ReadonlySet<number>): boolean {
  for (let at = line; at <= Math.min(endLine, line + 1_000); at += 1) if (added.has(at)) return true;
  return false;
}

function toPlaced(finding: CandidateFinding, { path }: ChangedFile, content: string): CandidateFinding {
  const lines = content.split('\n');
  const line = Math.min(finding.line, lines.length);
  const endLine = Math.min(Math.max(line, finding.endLine), lines.length);
  const secrets = secretValues(path, content);
  const redact = (text: string): string => redactSecrets(text, secrets);
  const code = lines.slice(line - 1, Math.min(endLine, line + MOST_LINES)).join('\n');
  return {
    ...finding,
    ...{ path, line, endLine },
    evidence: redact(code.trim().slice(0, MOST_EVIDENCE)),
    title: redact(finding.title),
    message: redact(finding.message),
    facts: { ...finding.facts, pathClass: pathClass(path, content) },
  };
}
