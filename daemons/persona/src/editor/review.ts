import { createHash } from 'node:crypto';
import type { ChangeSet } from '@continuum/contract/change-set';
import type { CommandOutput, CommandParsed } from '@continuum/contract/command';
import type { EditorFile } from '@continuum/contract/editor';
import { fileChange } from '@continuum/review/file-change';
import type { ReviewParts } from '../review/parts.ts';
import { runReview } from '../review/run.ts';

/**
 * Handler of `editor/review`. The same file saved again is the same review and holds the same findings, judged by what the
 * team has taught until now.
 */
export function reviewFile(
  parts: ReviewParts,
  file: CommandParsed<'editor/review'>,
  signal?: AbortSignal,
): Promise<CommandOutput<'editor/review'>> {
  const input = { change: toChangeSet(file), key: contentKey(file), trigger: 'editor' as const };
  return runReview(parts, { ...input, arm: 'both', dryRun: false, publish: false, notes: [] }, signal);
}

function toChangeSet({ repo, path, text, baseText }: EditorFile): ChangeSet {
  return { repo, title: path, files: [fileChange({ path, text, baseText })], skipped: [] };
}

function contentKey({ repo, path, text, baseText }: EditorFile): string {
  const content = JSON.stringify([repo, path, text, baseText ?? null]);
  return `editor:${createHash('sha256').update(content).digest('hex')}`;
}
