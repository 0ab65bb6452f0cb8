import type { ChangedFile } from '@continuum/contract/change-set';
import { gitOutput } from './run.ts';

/** One entry of `git diff-tree --raw`. */
export interface TreeChange {
  /** Undefined when the bytes are not UTF-8. */
  readonly path: string | undefined;
  /** The name to show when the path is not readable: its bytes as Latin-1. */
  readonly shownPath: string;
  readonly previousPath: string | undefined;
  readonly status: ChangedFile['status'];
  /** Mode of the side that stays, for example `100644`, `120000`, `160000`. */
  readonly mode: string;
  /** Blob id of the new side, of the old side for a deleted file. */
  readonly blob: string;
}

/** Flags that fix what configuration or attributes could change; `--text` because `*.js binary` must hide nothing. */
const DIFF_FLAGS = ['-r', '--no-ext-diff', '--no-textconv', '--no-color', '--find-renames', '--full-index', '--text'];
const PATCH_FLAGS = ['-p', '-U3', '--inter-hunk-context=0', '--submodule=short', '--src-prefix=a/', '--dst-prefix=b/'];

/** What changed between two trees, in git's order, renames found. */
export async function listTreeChanges(folder: string, base: string, head: string): Promise<TreeChange[]> {
  const args = ['diff-tree', ...DIFF_FLAGS, '--raw', '-z', '--end-of-options', base, head, '--'];
  return parseRaw(await gitOutput(folder, args));
}

/** The patch between two trees without the given paths, as text; bytes that are not UTF-8 become U+FFFD. */
export async function readPatch(
  folder: string,
  base: string,
  head: string,
  without: readonly string[],
): Promise<string> {
  const excluded = without.map((path) => `:(exclude,top,literal)${path}`);
  const args = ['diff-tree', ...DIFF_FLAGS, ...PATCH_FLAGS, '--end-of-options', base, head, '--', ...excluded];
  return (await gitOutput(folder, args)).toString('utf8');
}

const STATUS: Readonly<Record<string, ChangedFile['status']>> = {
  A: 'added',
  C: 'added',
  D: 'deleted',
  R: 'renamed',
};

/** `:<old mode> <new mode> <old id> <new id> <status>\0<path>\0[<new path>\0]`, git-diff(1) "Raw output format". */
function parseRaw(raw: Buffer): TreeChange[] {
  const fields = raw.toString('latin1').split('\0');
  const changes: TreeChange[] = [];
  for (let at = 0; at + 1 < fields.length; ) {
    const [oldMode = '', newMode = '', oldId = '', newId = '', letter = 'M'] = (fields[at] ?? '').slice(1).split(' ');
    const status = STATUS[letter.charAt(0)] ?? 'modified';
    const twoNames = /^[RC]/.test(letter);
    const shownPath = fields[at + (twoNames ? 2 : 1)] ?? '';
    const gone = status === 'deleted';
    changes.push({
      path: toUtf8(shownPath),
      shownPath,
      previousPath: twoNames ? toUtf8(fields[at + 1] ?? '') : undefined,
      status,
      mode: gone ? oldMode : newMode,
      blob: gone ? oldId : newId,
    });
    at += twoNames ? 3 : 2;
  }
  return changes;
}

function toUtf8(latin1: string): string | undefined {
  return decodeUtf8(Buffer.from(latin1, 'latin1'));
}

/** Undefined when the bytes are not UTF-8; a byte order mark stays. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
