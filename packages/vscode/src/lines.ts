/** Whole lines of a text, 0-based, both inclusive. */
export interface Lines {
  readonly start: number;
  readonly end: number;
}

/** One replacement in a text, as editors tell it. */
export interface TextChange {
  readonly start: { readonly line: number };
  readonly end: { readonly line: number; readonly character: number };
  readonly text: string;
}

/** Where lines are after a change: moved by what happens above, grown or shrunk by what happens in them. */
export function follow(lines: Lines, change: TextChange): Lines {
  const { start, end, text } = change;
  const added = text.split('\n').length - 1 - (end.line - start.line);
  if (start.line > lines.end) return lines;
  if (isAbove(lines, change)) return { start: lines.start + added, end: lines.end + added };
  const first = Math.min(lines.start, start.line);
  return { start: first, end: Math.max(first, Math.max(lines.end, end.line) + added) };
}

/** Ends before these lines begin, or pushes them down as a whole. */
function isAbove(lines: Lines, { start, end, text }: TextChange): boolean {
  if (end.line < lines.start) return true;
  return end.line === lines.start && end.character === 0 && (start.line < lines.start || text.endsWith('\n'));
}
