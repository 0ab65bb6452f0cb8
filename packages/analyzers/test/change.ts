import type { ChangedFile, ChangeSet } from '@continuum/contract/change-set';

/** A new file, every line added. */
export function newFile(path: string, content: string): ChangedFile {
  const texts = content.split('\n');
  if (texts.at(-1) === '') texts.pop();
  const lines = texts.map((text, index) => ({ kind: 'add' as const, text, newLine: index + 1 }));
  return { path, status: 'added', content, complete: true, hunks: [{ oldStart: 0, newStart: 1, lines }] };
}

/** A known file of which only some 1-based lines were added. */
export function modifiedFile(path: string, content: string, added: readonly number[]): ChangedFile {
  const file = newFile(path, content);
  const hunks = file.hunks.map((hunk) => ({
    ...hunk,
    oldStart: 1,
    lines: hunk.lines.map((line) => (added.includes(line.newLine ?? 0) ? line : { ...line, kind: 'context' as const })),
  }));
  return { ...file, status: 'modified', hunks };
}

export function changeOf(...files: ChangedFile[]): ChangeSet {
  return { repo: 'acme/shop', title: '', files, skipped: [] };
}
