import { z } from 'zod';

/** `owner/name` on a code host, or a stable local name such as `local/continuum`. */
export const RepoName = z.string().regex(/^[A-Za-z0-9][\w.-]*\/[\w.-]+$/, 'a repository is written owner/name');
export type RepoName = z.infer<typeof RepoName>;

export const DiffLine = z.object({
  kind: z.enum(['add', 'delete', 'context']),
  text: z.string(),
  /** 1-based line in the old file; absent on added lines. */
  oldLine: z.number().int().positive().optional(),
  /** 1-based line in the new file; absent on deleted lines. */
  newLine: z.number().int().positive().optional(),
});
export type DiffLine = z.infer<typeof DiffLine>;

export const Hunk = z.object({
  oldStart: z.number().int().nonnegative(),
  newStart: z.number().int().nonnegative(),
  lines: z.array(DiffLine),
});
export type Hunk = z.infer<typeof Hunk>;

export const ChangedFile = z.object({
  path: z.string().min(1),
  previousPath: z.string().optional(),
  status: z.enum(['added', 'modified', 'deleted', 'renamed']),
  hunks: z.array(Hunk),
  /**
   * The new text, with `\n` line ends as they stand. From a bare patch it is rebuilt from the hunks with empty lines
   * in the gaps, so line numbers are right, and `complete` is false. Null for deleted files.
   */
  content: z.string().nullable(),
  complete: z.boolean(),
});
export type ChangedFile = z.infer<typeof ChangedFile>;

/** A file that was not reviewed is always named, with the reason. */
export const SkippedFile = z.object({
  path: z.string(),
  reason: z.enum([
    'binary',
    'submodule',
    'too-large',
    'generated',
    'vendored',
    'unreadable-name',
    'not-utf8',
    'ignored',
    'analyzer-failed',
    'over-budget',
  ]),
  detail: z.string().optional(),
});
export type SkippedFile = z.infer<typeof SkippedFile>;

export const ChangeSet = z.object({
  repo: RepoName,
  /** Pull request number, when the change is one. */
  pr: z.number().int().positive().optional(),
  title: z.string().default(''),
  author: z.string().optional(),
  /** Commit ids; absent for a bare patch. */
  base: z.string().optional(),
  head: z.string().optional(),
  files: z.array(ChangedFile),
  skipped: z.array(SkippedFile).default([]),
});
export type ChangeSet = z.infer<typeof ChangeSet>;

/** The 1-based lines of the new file that the change added or modified. */
export function addedLines(file: ChangedFile): Set<number> {
  const lines = new Set<number>();
  for (const hunk of file.hunks) {
    for (const line of hunk.lines) if (line.kind === 'add' && line.newLine !== undefined) lines.add(line.newLine);
  }
  return lines;
}
