import type { ChangeSet, SkippedFile } from '@continuum/contract/change-set';
import type { CommandParsed } from '@continuum/contract/command';
import type { Review } from '@continuum/contract/finding';
import type { Recipe } from '@continuum/contract/persona';
import { changedSince } from '@continuum/review/incremental';
import { isManifest } from '@continuum/review/manifests';
import { linesOf } from './earlier.ts';
import { withinLimits } from './limits.ts';

/** What a review reads. */
export interface Reading {
  readonly parts: readonly ChangeSet[];
  readonly skipped: readonly SkippedFile[];
  /** Files of the change that stand as an earlier review read them. */
  readonly untouched: ReadonlySet<string>;
}

/** The files that a review reads, in pieces: those that changed since the last one, within the limits of recipe and repository. */
export function toRead(input: CommandParsed<'review/run'>, recipe: Recipe): Reading {
  const { change, terms, trigger } = input;
  const lines = linesOf(input);
  // Dependencies and the lock file that knows their licences are judged together.
  const narrowed =
    lines === undefined ? { change, untouched: new Set<string>() } : changedSince(change, lines, isManifest);
  // The size limit keeps webhooks cheap; who asks for a review by hand wants all of it.
  const limit = trigger === 'webhook' ? recipe.maxAddedLines : Number.POSITIVE_INFINITY;
  const maxAddedLines = Math.min(limit, terms?.maxAddedLines ?? limit);
  return { ...withinLimits(narrowed.change, { ignore: recipe.ignore, maxAddedLines }), untouched: narrowed.untouched };
}

/** What the readers of a review are told about how it came about. */
export function told(
  { since, intent, notes, terms }: CommandParsed<'review/run'>,
  { parts, untouched }: Reading,
): Pick<Review, 'since' | 'parts' | 'intent' | 'notes' | 'failOn'> {
  const tickets = intent?.tickets.map(({ key, title, url }) => ({ key, title, url }));
  return {
    ...(since === undefined ? {} : { since: { head: since.head, untouched: untouched.size } }),
    ...(parts.length < 2 ? {} : { parts: parts.length }),
    ...(intent === undefined || tickets === undefined ? {} : { intent: { title: intent.title, tickets } }),
    ...(notes.length === 0 ? {} : { notes }),
    ...(terms === undefined ? {} : { failOn: terms.failOn }),
  };
}
