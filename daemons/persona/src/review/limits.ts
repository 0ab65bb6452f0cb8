import { addedLines, type ChangeSet, type SkippedFile } from '@continuum/contract/change-set';
import type { Recipe } from '@continuum/contract/persona';
import { inParts } from '@continuum/review/danger';
import { matchesGlob } from '@continuum/review/paths';

/** Added lines that are read in one go: what a model can be shown, and an analyzer does in seconds. */
const LINES_PER_PART = 2_000;

export interface Limited {
  /** Pieces of the change, the most dangerous files first; one empty piece when there is nothing to read. */
  readonly parts: readonly ChangeSet[];
  readonly skipped: readonly SkippedFile[];
}

/**
 * The part of a change that a recipe wants reviewed, in pieces of bounded work. Of a change that is too large the most
 * dangerous files are read; what is left out is named in `skipped`.
 */
export function withinLimits(
  change: ChangeSet,
  { ignore, maxAddedLines }: Pick<Recipe, 'ignore' | 'maxAddedLines'>,
): Limited {
  const isIgnored = (path: string): boolean => ignore.some((pattern) => matchesGlob(pattern, path));
  const files = change.files.filter(({ path }) => !isIgnored(path));
  const ignored = change.files.filter(({ path }) => isIgnored(path)).map(({ path }) => skip(path, 'ignored'));
  const { parts, left } = inParts(files, { linesPerPart: LINES_PER_PART, maxLines: maxAddedLines });
  const added = files.reduce((sum, file) => sum + addedLines(file).size, 0);
  const detail = `${added} added lines are more than the ${maxAddedLines} that one review reads`;
  const tooMany = left.map(({ path }) => ({ ...skip(path, 'over-budget'), detail }));
  const pieces = parts.length === 0 ? [[]] : parts;
  return {
    parts: pieces.map((piece) => ({ ...change, files: [...piece], skipped: [] })),
    skipped: [...change.skipped, ...ignored, ...tooMany],
  };
}

function skip(path: string, reason: SkippedFile['reason']): SkippedFile {
  return { path, reason };
}
