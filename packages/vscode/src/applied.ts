import { follow, type Lines, type TextChange } from './lines.ts';

/** A suggestion that somebody took, until the file is saved. */
export interface Applied {
  readonly findingId: string;
  /** Where it stands. */
  readonly lines: Lines;
  readonly replacement: string;
  /** What stood there before. */
  readonly original: string;
}

/** What became of an applied suggestion by the time of the save. */
export type Outcome =
  | { readonly action: 'accepted' }
  | { readonly action: 'modified'; readonly text: string }
  | { readonly action: 'undone' };

/** An applied suggestion after these changes, in their order. */
export function afterChanges(applied: Applied, changes: readonly TextChange[]): Applied {
  return { ...applied, lines: changes.reduce(follow, applied.lines) };
}

/** What the text that stands in its place at the save says of a suggestion; a formatter's blanks say nothing. */
export function outcomeOf({ replacement, original }: Applied, text: string): Outcome {
  if (squeeze(text) === squeeze(replacement)) return { action: 'accepted' };
  if (squeeze(text) === squeeze(original)) return { action: 'undone' };
  return { action: 'modified', text };
}

function squeeze(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
