import type { Hunk } from '@continuum/contract/change-set';
import type { ChangedLines, PullRequestRef } from '@continuum/contract/ports/code-host';
import type { Octokit } from 'octokit';
import { hunksOf, type ListedFile } from './changes.ts';
import { isStatus } from './failures.ts';
import { ownerAndName } from './names.ts';

/** GitHub compares no more files than these and says nothing of the rest. */
const MOST_FILES = 300;

/** The lines that differ between two heads, by GitHub's comparison; undefined when it cannot tell all of them. */
export async function readChangedSince(
  octokit: Octokit,
  { repo }: PullRequestRef,
  since: string,
  head: string,
): Promise<ChangedLines | undefined> {
  if (since === head) return new Map();
  const files = await compare(octokit, repo, since, head);
  if (files === undefined || files.length >= MOST_FILES) return undefined;
  const lines = new Map<string, ReadonlySet<number>>();
  for (const file of files) {
    const hunks = hunksOf(file);
    if (hunks === undefined || (file.patch === undefined && file.changes > 0)) return undefined;
    lines.set(file.filename, file.status === 'removed' ? new Set() : changedLines(hunks));
  }
  return lines;
}

async function compare(
  octokit: Octokit,
  repo: string,
  since: string,
  head: string,
): Promise<readonly ListedFile[] | undefined> {
  try {
    // All files are on the first page, however few commits it shows.
    const range = { basehead: `${since}...${head}`, per_page: 1 };
    const { data } = await octokit.rest.repos.compareCommitsWithBasehead({ ...ownerAndName(repo), ...range });
    return data.status === 'ahead' || data.status === 'identical' ? (data.files ?? []) : undefined;
  } catch (error) {
    // GitHub forgets commits that no branch holds.
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}

/** Lines of the new file that a hunk touches: added ones, and where lines were taken out the one that follows, or precedes. */
export function changedLines(hunks: readonly Hunk[]): Set<number> {
  const changed = new Set<number>();
  for (const { lines, newStart } of hunks) {
    for (const [at, { kind, newLine }] of lines.entries()) {
      if (kind === 'add' && newLine !== undefined) changed.add(newLine);
      if (kind === 'delete') changed.add(neighbour(lines, at) ?? Math.max(1, newStart));
    }
  }
  return changed;
}

function neighbour(lines: Hunk['lines'], at: number): number | undefined {
  const hasLine = ({ newLine }: Hunk['lines'][number]): boolean => newLine !== undefined;
  return (lines.slice(at).find(hasLine) ?? lines.slice(0, at).findLast(hasLine))?.newLine;
}
