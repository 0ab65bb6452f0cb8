import type { Hunk } from '@continuum/contract/change-set';
import type { ReviewComment } from '@continuum/contract/ports/code-host';
import { hunksOf, type ListedFile } from './changes.ts';
import { fenced, findingMarker, withMarker } from './markers.ts';

/** A comment as GitHub's review endpoint takes it; lines count in the new file. */
export interface InlineComment {
  path: string;
  body: string;
  line: number;
  side: 'RIGHT';
  start_line?: number;
  start_side?: 'RIGHT';
}

export interface Placement {
  readonly inline: InlineComment[];
  /** Their lines are not in the diff. */
  readonly elsewhere: readonly ReviewComment[];
}

/** How much is asked of GitHub: ranges with committable suggestions, or single lines only. */
export type Ambition = 'ranges' | 'lines';

type Hunks = ReadonlyMap<string, readonly Hunk[]>;

/** The hunks of every listed file, by path. */
export function hunksByPath(files: readonly ListedFile[]): Hunks {
  return new Map(files.map((file) => [file.filename, hunksOf(file) ?? []]));
}

/** Sorts comments into those that GitHub can show on their line and the rest. */
export function place(comments: readonly ReviewComment[], hunks: Hunks, ambition: Ambition): Placement {
  const inline: InlineComment[] = [];
  const elsewhere: ReviewComment[] = [];
  for (const comment of comments) {
    const placed = toInline(comment, hunks.get(comment.path) ?? [], ambition);
    if (placed === undefined) elsewhere.push(comment);
    else inline.push(placed);
  }
  return { inline, elsewhere };
}

function toInline(comment: ReviewComment, hunks: readonly Hunk[], ambition: Ambition): InlineComment | undefined {
  const { suggestion } = comment;
  if (ambition === 'ranges' && suggestion !== undefined) {
    // A suggestion replaces exactly the lines that its comment spans, so the comment takes the suggestion's range.
    const range = commentRange(hunks, suggestion.startLine, suggestion.endLine);
    if (range !== undefined) return toComment(comment, range, fenced('suggestion', suggestion.replacement));
  }
  const start = ambition === 'ranges' ? (comment.startLine ?? comment.line) : comment.line;
  const range = commentRange(hunks, start, comment.line) ?? commentRange(hunks, comment.line, comment.line);
  return range === undefined ? undefined : toComment(comment, range, describeSuggestion(comment));
}

function toComment(comment: ReviewComment, range: Range, block: string): InlineComment {
  const text = block === '' ? comment.body : `${comment.body}\n\n${block}`;
  const body = withMarker(text, findingMarker(comment.findingId));
  return { path: comment.path, body, side: 'RIGHT', ...range };
}

type Range = Pick<InlineComment, 'line' | 'start_line' | 'start_side'>;

/** Both ends must be new-file lines of one hunk. */
function commentRange(hunks: readonly Hunk[], start: number, end: number): Range | undefined {
  const holds = (hunk: Hunk, line: number): boolean => hunk.lines.some((entry) => entry.newLine === line);
  if (!hunks.some((hunk) => holds(hunk, start) && holds(hunk, end)) || start > end) return undefined;
  return start === end ? { line: end } : { line: end, start_line: start, start_side: 'RIGHT' };
}

/** A suggestion that cannot be committed by a click is still shown. */
function describeSuggestion({ suggestion }: ReviewComment): string {
  if (suggestion === undefined) return '';
  const { startLine, endLine, replacement } = suggestion;
  const lines = startLine === endLine ? `line ${startLine}` : `lines ${startLine}-${endLine}`;
  return `Suggested for ${lines}:\n\n${fenced('', replacement)}`;
}

/** A comment that stands away from its line names it. */
export function describePlace(comment: ReviewComment): string {
  const parts = [`**\`${comment.path}\` line ${comment.line}**`, comment.body, describeSuggestion(comment)];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** The review's own text: what the caller said, then every comment that has no line and no file to stand on. */
export function reviewText(body: string, elsewhere: readonly ReviewComment[]): string {
  const sections = elsewhere.map((comment) => `${describePlace(comment)}\n\n${findingMarker(comment.findingId)}`);
  return [body, ...sections].filter((part) => part !== '').join('\n\n---\n\n');
}
