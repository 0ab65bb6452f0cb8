import { addedLines, type ChangedFile, type ChangeSet, type SkippedFile } from '@continuum/contract/change-set';
import { isManifest } from '@continuum/review/manifests';
import { isGenerated, isVendored } from '@continuum/review/paths';
import type { Task } from './messages.ts';

export interface Plan {
  readonly tasks: readonly Task[];
  readonly skipped: readonly SkippedFile[];
}

/** Beyond this the average line is no longer written by a person. */
const MINIFIED_AVERAGE = 400;
const MINIFIED_FROM_CHARACTERS = 4_000;

/** Which analyzer looks at what: licences at all manifests together, the others at one file after another. */
export function plan(change: ChangeSet, analyzers: readonly string[], maxFileBytes: number): Plan {
  const touched = change.files.filter((file) => file.content !== null && addedLines(file).size > 0);
  const tasks: Task[] = [];
  const skipped: SkippedFile[] = [];
  const manifests = touched.filter(({ path }) => isManifest(path));
  if (analyzers.includes('licences') && manifests.length > 0) {
    tasks.push({ analyzer: 'licences', change: part(change, manifests) });
  }
  const others = analyzers.filter((analyzer) => analyzer !== 'licences');
  for (const file of touched) {
    const skip = whySkipped(file, maxFileBytes);
    if (skip === undefined) tasks.push(...others.map((analyzer) => ({ analyzer, change: part(change, [file]) })));
    else if (!isManifest(file.path)) skipped.push({ path: file.path, ...skip });
  }
  return { tasks, skipped };
}

function part(change: ChangeSet, files: ChangedFile[]): ChangeSet {
  return { repo: change.repo, title: '', files, skipped: [] };
}

function whySkipped({ path, content }: ChangedFile, maxFileBytes: number): Omit<SkippedFile, 'path'> | undefined {
  if (isVendored(path)) return { reason: 'vendored' };
  const text = content ?? '';
  const firstLine = text.slice(0, 1_000).split('\n', 1)[0];
  if (isGenerated(path, firstLine)) return { reason: 'generated' };
  if (Buffer.byteLength(text) > maxFileBytes) return { reason: 'too-large', detail: `over ${maxFileBytes} bytes` };
  return isMinified(text) ? { reason: 'generated', detail: 'minified' } : undefined;
}

function isMinified(text: string): boolean {
  if (text.length < MINIFIED_FROM_CHARACTERS) return false;
  let lines = 1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines += 1;
  return text.length / lines > MINIFIED_AVERAGE;
}
