import type { DiffLine, Hunk } from '@continuum/contract/change-set';
import { ContinuumError } from '@continuum/contract/errors';

/** Where the reader stands in the lines of a diff. */
export interface Cursor {
  readonly lines: readonly string[];
  at: number;
}

export interface ReadHunk {
  readonly hunk: Hunk;
  /** False when the diff says that the new file ends without a newline inside this hunk. */
  readonly newlineAtEnd: boolean;
}

interface Counter {
  oldLine: number;
  newLine: number;
  oldLeft: number;
  newLeft: number;
}

const HEADER = /^(@@+)((?: -\d{1,9}(?:,\d{1,9})?)+) \+(\d{1,9})(?:,(\d{1,9}))? (@@+)/;

/** True for `@@ -1,2 +3,4 @@` and the combined form `@@@ -1 -1 +1 @@@`. */
export function isHunkHeader(line: string | undefined): boolean {
  return line !== undefined && HEADER.test(line);
}

/**
 * Reads the hunk at the cursor and leaves the cursor behind it. A combined hunk (`diff --cc`) is read from the side of
 * the first parent. Throws NOT_A_DIFF when the lines do not add up to what the header promises.
 */
export function readHunk(cursor: Cursor): ReadHunk {
  const header = HEADER.exec(cursor.lines[cursor.at] ?? '');
  if (header === null) throw damaged(cursor, 'a hunk header was expected');
  const [, , ranges = '', newStart = '0', newCount = '1'] = header;
  const parents = ranges.trim().split(' ');
  const [oldStart = '0', oldCount = '1'] = (parents[0] ?? '').slice(1).split(',');
  const counter = {
    oldLine: Number(oldStart),
    newLine: Number(newStart),
    oldLeft: Number(oldCount),
    newLeft: Number(newCount),
  };
  cursor.at += 1;
  const { lines, newlineAtEnd } = readLines(cursor, counter, parents.length);
  return { hunk: { oldStart: Number(oldStart), newStart: Number(newStart), lines }, newlineAtEnd };
}

function readLines(cursor: Cursor, counter: Counter, parents: number): { lines: DiffLine[]; newlineAtEnd: boolean } {
  const lines: DiffLine[] = [];
  let newlineAtEnd = true;
  while (counter.oldLeft > 0 || counter.newLeft > 0 || isContinuation(cursor, parents)) {
    const raw = cursor.lines[cursor.at];
    if (raw === undefined) throw damaged(cursor, 'it ends in the middle of a hunk');
    if (raw.startsWith('\\')) newlineAtEnd &&= lines.at(-1)?.kind === 'delete';
    else readLine(cursor, raw, counter, parents, lines);
    cursor.at += 1;
  }
  return { lines, newlineAtEnd };
}

/** What may follow once the counts are used up: the newline marker, and lines that only other parents had. */
function isContinuation(cursor: Cursor, parents: number): boolean {
  const line = cursor.lines[cursor.at];
  if (line === undefined) return false;
  return line.startsWith('\\') || (parents > 1 && /^ -|^ {2,}-/.test(line.slice(0, parents)));
}

function readLine(cursor: Cursor, raw: string, counter: Counter, parents: number, lines: DiffLine[]): void {
  // Mail programs strip trailing blanks: an empty line inside a hunk is an empty context line.
  const stripped = raw === '' || raw === '\r';
  const marks = stripped ? ' '.repeat(parents) : raw.slice(0, parents);
  if (!/^[ +-]+$/.test(marks)) throw damaged(cursor, 'a line inside a hunk starts with none of "+", "-" and a blank');
  const first = marks.charAt(0);
  if (first === ' ' && marks.includes('-')) return;
  const kind = first === '+' ? 'add' : first === '-' ? 'delete' : 'context';
  lines.push({ kind, text: stripped ? raw : raw.slice(parents), ...countLine(cursor, kind, counter) });
}

/** The line numbers of the next line, counted off the header's promise. */
function countLine(cursor: Cursor, kind: DiffLine['kind'], counter: Counter): Pick<DiffLine, 'oldLine' | 'newLine'> {
  const place: Pick<DiffLine, 'oldLine' | 'newLine'> = {};
  if (kind !== 'add') {
    place.oldLine = counter.oldLine++;
    counter.oldLeft -= 1;
  }
  if (kind !== 'delete') {
    place.newLine = counter.newLine++;
    counter.newLeft -= 1;
  }
  if (counter.oldLeft < 0 || counter.newLeft < 0) throw damaged(cursor, 'a hunk is longer than its header says');
  if (place.oldLine === 0 || place.newLine === 0) throw damaged(cursor, 'a hunk header counts lines from zero');
  return place;
}

function damaged(cursor: Cursor, why: string): ContinuumError {
  return new ContinuumError('NOT_A_DIFF', `The diff is damaged at line ${cursor.at + 1}: ${why}.`, {
    next: 'Make the patch again with `git diff` and send the output as it stands.',
  });
}
