import type { GitRepository } from './repository.ts';

/** One changed file as `GET pulls/{n}/files` knows it. */
export interface FileChange {
  readonly path: string;
  readonly previousPath: string | undefined;
  readonly status: 'added' | 'removed' | 'modified' | 'renamed' | 'changed';
  /** Blob id of the new side, of the old side for a removed file. */
  readonly sha: string;
  readonly additions: number;
  readonly deletions: number;
  /** Hunks only, as GitHub writes them; absent for binary, unchanged and very large files. */
  readonly patch: string | undefined;
}

/** GitHub stops showing a file's diff beyond about this many characters. */
const PATCH_LIMIT = 500_000;
/** ... or this many changed lines. */
const LINE_LIMIT = 20_000;
const STATUS: Record<string, FileChange['status']> = {
  A: 'added',
  D: 'removed',
  M: 'modified',
  R: 'renamed',
  T: 'changed',
};

/** The files between the merge base of two commits and the head, in git's order, renames detected. */
export async function listChanges(repository: GitRepository, base: string, head: string): Promise<FileChange[]> {
  const from = await repository.mergeBase(base, head);
  const flags = ['--no-color', '--no-ext-diff', '--no-textconv', '--find-renames', '--no-abbrev', from, head];
  const [raw, numbers, patches] = await Promise.all([
    repository.run('diff', '--raw', '-z', ...flags),
    repository.run('diff', '--numstat', '-z', ...flags),
    repository.run('diff', '--patch', ...flags),
  ]);
  const counts = parseNumstat(numbers.toString('utf8'));
  const bodies = splitPatches(patches.toString('utf8'));
  return parseRaw(raw.toString('utf8')).map((entry, index) => {
    const count = counts[index] ?? { additions: 0, deletions: 0 };
    return { ...entry, ...count, patch: limitPatch(bodies[index], count.additions + count.deletions) };
  });
}

/** `:<old mode> <new mode> <old id> <new id> <status>\0<path>\0[<new path>\0]`, git-diff(1) "Raw output format". */
function parseRaw(text: string): Pick<FileChange, 'path' | 'previousPath' | 'status' | 'sha'>[] {
  const fields = text.split('\0');
  const entries: Pick<FileChange, 'path' | 'previousPath' | 'status' | 'sha'>[] = [];
  for (let at = 0; at + 1 < fields.length; ) {
    const [, , oldId = '', newId = '', letter = 'M'] = (fields[at] ?? '').split(' ');
    const status = STATUS[letter.charAt(0)] ?? 'changed';
    const renamed = status === 'renamed';
    const first = fields[at + 1] ?? '';
    entries.push({
      path: renamed ? (fields[at + 2] ?? '') : first,
      previousPath: renamed ? first : undefined,
      status,
      sha: status === 'removed' ? oldId : newId,
    });
    at += renamed ? 3 : 2;
  }
  return entries;
}

/** `<added>\t<deleted>\t<path>\0`, or with an empty path and two more fields for a rename; `-` for binary. */
function parseNumstat(text: string): { additions: number; deletions: number }[] {
  const fields = text.split('\0');
  const counts: { additions: number; deletions: number }[] = [];
  for (let at = 0; at + 1 < fields.length; ) {
    const [added = '0', deleted = '0', path = ''] = (fields[at] ?? '').split('\t');
    counts.push({ additions: Number(added) || 0, deletions: Number(deleted) || 0 });
    at += path === '' ? 3 : 1;
  }
  return counts;
}

/** One entry per file; only what starts at the first hunk header. */
function splitPatches(text: string): (string | undefined)[] {
  return `\n${text}`
    .split('\ndiff --git ')
    .slice(1)
    .map((part) => {
      const start = part.indexOf('\n@@ ');
      return start === -1 ? undefined : part.slice(start + 1).replace(/\n$/, '');
    });
}

function limitPatch(patch: string | undefined, lines: number): string | undefined {
  return patch === undefined || patch.length > PATCH_LIMIT || lines > LINE_LIMIT ? undefined : patch;
}

/** A hunk with the new-file lines that a review comment may name. */
export interface CommentableHunk {
  readonly header: string;
  /** Lines as they stand in the patch, with the new-file line they end on (undefined for deletions). */
  readonly lines: readonly {
    readonly text: string;
    readonly newLine: number | undefined;
    readonly oldLine: number | undefined;
  }[];
}

/** Hunks of a GitHub patch with their line numbers. */
export function readHunks(patch: string): CommentableHunk[] {
  const hunks: {
    header: string;
    lines: { text: string; newLine: number | undefined; oldLine: number | undefined }[];
  }[] = [];
  let oldLine = 0;
  let newLine = 0;
  for (const text of patch.split('\n')) {
    const header = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(text);
    if (header !== null) {
      oldLine = Number(header[1]);
      newLine = Number(header[2]);
      hunks.push({ header: text, lines: [] });
      continue;
    }
    const side = text.charAt(0);
    hunks.at(-1)?.lines.push({
      text,
      newLine: side === '+' || side === ' ' ? newLine : undefined,
      oldLine: side === '-' || side === ' ' ? oldLine : undefined,
    });
    if (side === '+' || side === ' ') newLine += 1;
    if (side === '-' || side === ' ') oldLine += 1;
  }
  return hunks;
}

/** Where a comment on a line stands: its hunk up to that line and GitHub's `position`; undefined off the diff. */
export function locate(
  patch: string,
  line: number,
  side: 'LEFT' | 'RIGHT' = 'RIGHT',
): { readonly hunk: number; readonly position: number; readonly diffHunk: string } | undefined {
  let before = 0;
  for (const [index, hunk] of readHunks(patch).entries()) {
    const at = hunk.lines.findIndex((entry) => (side === 'RIGHT' ? entry.newLine : entry.oldLine) === line);
    if (at !== -1) {
      const diffHunk = [hunk.header, ...hunk.lines.slice(0, at + 1).map((entry) => entry.text)].join('\n');
      return { hunk: index, position: before + at + 1, diffHunk };
    }
    before += hunk.lines.length + 1;
  }
  return undefined;
}
