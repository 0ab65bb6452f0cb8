import type { ChangedFile } from '@continuum/contract/change-set';

/** A new file of these lines. */
export function file(path: string, texts: readonly string[]): ChangedFile {
  const lines = texts.map((text, index) => ({ kind: 'add' as const, text, newLine: index + 1 }));
  return {
    ...{ path, status: 'added', complete: true, content: texts.join('\n') },
    hunks: [{ oldStart: 0, newStart: 1, lines }],
  };
}
