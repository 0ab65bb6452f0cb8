import type { ChangedFile, DiffLine, Hunk } from '@continuum/contract/change-set';
import { structuredPatch } from 'diff';

/** One file as somebody has it before them. */
export interface FileAsIs {
  readonly path: string;
  /** With whatever line ends. */
  readonly text: string;
  /** What it was before; all of it is new when absent. */
  readonly baseText?: string | undefined;
}

const CONTEXT_LINES = 3;
/** Texts that differ in more lines are not compared any further (Myers, An O(ND) Difference Algorithm, 1986): D is bounded. */
const MOST_EDITS = 4000;

/** A file as a change of all its lines, or of those that differ from what it was. Pure. */
export function fileChange({ path, text, baseText }: FileAsIs): ChangedFile {
  const content = withLineFeeds(text);
  const hunks = baseText === undefined ? undefined : differences(withLineFeeds(baseText), content);
  const status = baseText === undefined ? 'added' : 'modified';
  return { path, status, content, complete: true, hunks: hunks ?? allOf(content) };
}

function withLineFeeds(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n');
}

function allOf(content: string): Hunk[] {
  const lines = content.split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (lines.length === 0) return [];
  const added = lines.map((text, index): DiffLine => ({ kind: 'add', text, newLine: index + 1 }));
  return [{ oldStart: 0, newStart: 1, lines: added }];
}

/** Undefined where the texts have too little in common. */
function differences(before: string, after: string): Hunk[] | undefined {
  const options = { context: CONTEXT_LINES, maxEditLength: MOST_EDITS };
  const patch = structuredPatch('before', 'after', before, after, undefined, undefined, options);
  return patch?.hunks.map(({ oldStart, newStart, lines }) => ({
    oldStart,
    newStart,
    lines: numbered(lines, oldStart, newStart),
  }));
}

function numbered(lines: readonly string[], oldStart: number, newStart: number): DiffLine[] {
  let [oldLine, newLine] = [oldStart, newStart];
  return lines.flatMap((line): DiffLine[] => {
    const text = line.slice(1);
    if (line.startsWith('+')) return [{ kind: 'add', text, newLine: newLine++ }];
    if (line.startsWith('-')) return [{ kind: 'delete', text, oldLine: oldLine++ }];
    // The note that no newline stands at the end is no line.
    if (!line.startsWith(' ')) return [];
    return [{ kind: 'context', text, oldLine: oldLine++, newLine: newLine++ }];
  });
}
