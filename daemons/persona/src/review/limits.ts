import { addedLines, type ChangeSet, type SkippedFile } from '@continuum/contract/change-set';
import type { Recipe } from '@continuum/contract/persona';
import { matchesGlob } from '@continuum/review/paths';

/** The part of a change that a recipe wants reviewed; what it leaves out is named in `skipped`. */
export function withinLimits(change: ChangeSet, recipe: Pick<Recipe, 'ignore' | 'maxAddedLines'>): ChangeSet {
  const isIgnored = (path: string): boolean => recipe.ignore.some((pattern) => matchesGlob(pattern, path));
  const files = change.files.filter(({ path }) => !isIgnored(path));
  const ignored = change.files.filter(({ path }) => isIgnored(path)).map(({ path }) => skip(path, 'ignored'));
  const added = files.reduce((sum, file) => sum + addedLines(file).size, 0);
  if (added <= recipe.maxAddedLines) return { ...change, files, skipped: [...change.skipped, ...ignored] };
  const detail = `${added} added lines are more than the ${recipe.maxAddedLines} of the recipe`;
  const tooMany = files.map(({ path }) => ({ ...skip(path, 'over-budget'), detail }));
  return { ...change, files: [], skipped: [...change.skipped, ...ignored, ...tooMany] };
}

function skip(path: string, reason: SkippedFile['reason']): SkippedFile {
  return { path, reason };
}
