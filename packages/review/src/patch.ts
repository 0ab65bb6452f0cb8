import type { ChangedFile, ChangeSet, Hunk, SkippedFile } from '@continuum/contract/change-set';
import { ContinuumError } from '@continuum/contract/errors';
import { type Cursor, isHunkHeader, readHunk } from './patch/hunks.ts';
import { readSections, type Section } from './patch/sections.ts';

/** No real source file is longer; a header that claims so would make us build a huge text of empty lines. */
const MAX_LINES = 1_000_000;

/**
 * Reads a unified diff (git, `diff -u`, `git format-patch`, `diff --cc` from the first parent's side) into a change set.
 * Files that cannot be reviewed are named in `skipped`. Throws NOT_A_DIFF for text that is no diff or a damaged one.
 */
export function parsePatch(text: string, about: { readonly repo: string; readonly title?: string }): ChangeSet {
  if (text.trim() === '') throw notADiff('The patch is empty.');
  const sections = readSections(text);
  if (sections.length === 0) throw notADiff('The text is no unified diff: no file header was found in it.');
  const files = new Map<string, ChangedFile>();
  const skipped: SkippedFile[] = [];
  for (const section of sections) sortIn(section, files, skipped);
  return { repo: about.repo, title: about.title ?? '', files: [...files.values()], skipped };
}

/** Hunks of one file from the `patch` field of GitHub's file list (no file header). Throws NOT_A_DIFF. */
export function parseFilePatch(patch: string): Hunk[] {
  const lines = patch.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const cursor: Cursor = { lines, at: 0 };
  const hunks: Hunk[] = [];
  while (cursor.at < lines.length) {
    if (!isHunkHeader(lines[cursor.at])) throw notADiff(`Line ${cursor.at + 1} of the file patch belongs to no hunk.`);
    hunks.push(readHunk(cursor).hunk);
  }
  return hunks;
}

/**
 * The new file as far as hunks show it: every known line at its number, empty lines in the gaps, `\n` between lines.
 * Ends with a newline unless `finalNewline` is false. Throws PAYLOAD_TOO_LARGE beyond a million lines.
 */
export function sparseContent(hunks: readonly Hunk[], finalNewline = true): string {
  const last = lastNewLine(hunks);
  if (last > MAX_LINES) {
    throw new ContinuumError('PAYLOAD_TOO_LARGE', `A hunk stands at line ${last}; files of more lines are not read.`, {
      next: 'Leave generated files out of the diff.',
    });
  }
  const lines = new Array<string>(last).fill('');
  for (const { lines: changes } of hunks) {
    for (const { newLine, text } of changes) if (newLine !== undefined) lines[newLine - 1] = text;
  }
  return lines.join('\n') + (finalNewline && last > 0 ? '\n' : '');
}

function lastNewLine(hunks: readonly Hunk[]): number {
  let last = 0;
  for (const { lines } of hunks) for (const { newLine = 0 } of lines) last = Math.max(last, newLine);
  return last;
}

function sortIn(section: Section, files: Map<string, ChangedFile>, skipped: SkippedFile[]): void {
  const name = section.deleted ? (section.before ?? section.after) : (section.after ?? section.before);
  const path = name === undefined || name.name === '' ? '(unnamed)' : name.name;
  const skip = whySkipped(section, name?.readable === true && name.name !== '');
  if (skip !== undefined) {
    skipped.push({ path, ...skip });
    return;
  }
  if (files.delete(path)) {
    const detail = 'an earlier patch of the same file; give one diff of the whole range';
    skipped.push({ path, reason: 'ignored', detail });
  }
  files.set(path, toChangedFile(section, path));
}

function whySkipped(section: Section, readable: boolean): Omit<SkippedFile, 'path'> | undefined {
  if (!readable) return { reason: 'unreadable-name', detail: 'the name is not UTF-8' };
  if (section.modes.includes('160000')) return { reason: 'submodule' };
  if (section.binary) return { reason: 'binary' };
  if (section.modes.at(-1) === '120000') return { reason: 'ignored', detail: 'a symbolic link' };
  if (lastNewLine(section.hunks) > MAX_LINES) return { reason: 'too-large', detail: `over ${MAX_LINES} lines` };
  return undefined;
}

function toChangedFile(section: Section, path: string): ChangedFile {
  const status = statusOf(section);
  const previous = section.before?.readable === true ? section.before.name : undefined;
  const moved = (section.renamed || section.copied) && previous !== undefined;
  return {
    path,
    ...(moved ? { previousPath: previous } : {}),
    status,
    hunks: section.hunks,
    content: status === 'deleted' ? null : sparseContent(section.hunks, section.newlineAtEnd),
    complete: status === 'deleted' || (status === 'added' && !section.copied),
  };
}

function statusOf(section: Section): ChangedFile['status'] {
  if (section.added || section.copied) return 'added';
  if (section.deleted) return 'deleted';
  return section.renamed ? 'renamed' : 'modified';
}

function notADiff(message: string): ContinuumError {
  return new ContinuumError('NOT_A_DIFF', message, {
    next: 'Send the output of `git diff`, `git format-patch --stdout` or `diff -u` as it stands.',
  });
}
