import type { Hunk } from '@continuum/contract/change-set';
import { type Cursor, isHunkHeader, readHunk } from './hunks.ts';
import { type DiffName, headerName, sideName, stripPrefixes, unquote } from './names.ts';

/** What a diff says about one file, before it is judged. */
export interface Section {
  before: DiffName | undefined;
  after: DiffName | undefined;
  kind: 'git' | 'plain';
  added: boolean;
  deleted: boolean;
  renamed: boolean;
  copied: boolean;
  binary: boolean;
  /** File modes seen, for example `100644`, `160000`. */
  modes: string[];
  hunks: Hunk[];
  /** The new file ends with a newline, as far as the hunks show. */
  newlineAtEnd: boolean;
}

const START = /^diff --(git|cc|combined) (.+)$/;

const GIT_WITH_CRLF = /^diff --(?:git|cc|combined) [^\n]*\r$/m;
const PLAIN_WITH_CRLF = /^--- [^\n]*\r\n\+\+\+ [^\n]*\r\n@@/m;

/** The sections of a diff in their order; text between them (mail headers, commit messages) is passed over. Throws NOT_A_DIFF. */
export function readSections(text: string): Section[] {
  const cursor: Cursor = { lines: splitLines(text), at: 0 };
  const sections: Section[] = [];
  while (cursor.at < cursor.lines.length) {
    const section = readSection(cursor);
    if (section === undefined) cursor.at += 1;
    else sections.push(section);
  }
  return sections;
}

/**
 * Lines without their `\n`. A `\r` belongs to the file unless the diff's own header lines carry one too: then the
 * whole patch was saved with CRLF and the `\r` is dropped everywhere.
 */
function splitLines(text: string): string[] {
  const converted = /^diff --/m.test(text) ? GIT_WITH_CRLF.test(text) : PLAIN_WITH_CRLF.test(text);
  const lines = (converted ? text.replaceAll('\r\n', '\n') : text).split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function readSection(cursor: Cursor): Section | undefined {
  const line = cursor.lines[cursor.at] ?? '';
  const start = START.exec(line);
  if (start !== null) return readGitSection(cursor, start[1] ?? '', start[2] ?? '');
  return isPlainStart(cursor) ? readPlainSection(cursor) : undefined;
}

function isPlainStart({ lines, at }: Cursor): boolean {
  const named = lines[at]?.startsWith('--- ') === true && lines[at + 1]?.startsWith('+++ ') === true;
  return named && isHunkHeader(lines[at + 2]);
}

function emptySection(kind: Section['kind']): Section {
  return {
    before: undefined,
    after: undefined,
    kind,
    added: false,
    deleted: false,
    renamed: false,
    copied: false,
    binary: false,
    modes: [],
    hunks: [],
    newlineAtEnd: true,
  };
}

function readPlainSection(cursor: Cursor): Section {
  const section = emptySection('plain');
  const before = sideName((cursor.lines[cursor.at] ?? '').slice(4));
  const after = sideName((cursor.lines[cursor.at + 1] ?? '').slice(4));
  [section.before, section.after] = stripPrefixes(before, after);
  cursor.at += 2;
  readHunks(cursor, section);
  const only = section.hunks.length === 1 ? section.hunks[0] : undefined;
  section.added = before === undefined || (only?.oldStart === 0 && only.lines.every(({ kind }) => kind === 'add'));
  section.deleted = after === undefined || (only?.newStart === 0 && only.lines.every(({ kind }) => kind === 'delete'));
  return section;
}

function readGitSection(cursor: Cursor, kind: string, rest: string): Section {
  const section = emptySection('git');
  section.after = kind === 'git' ? headerName(rest) : unquote(rest);
  section.before = section.after;
  cursor.at += 1;
  const sides: Sides = {};
  while (cursor.at < cursor.lines.length && readExtendedHeader(cursor.lines[cursor.at] ?? '', section, sides)) {
    cursor.at += 1;
  }
  if (section.after === undefined) [section.before, section.after] = stripPrefixes(sides.before, sides.after);
  readHunks(cursor, section);
  return section;
}

interface Sides {
  before?: DiffName | undefined;
  after?: DiffName | undefined;
}
type HeaderReader = (rest: string, section: Section, sides: Sides) => void;

/** The extended header lines of git-diff(1), by what they start with. */
const EXTENDED: readonly (readonly [string, HeaderReader])[] = [
  ['old mode ', (rest, section) => section.modes.push(rest)],
  ['new mode ', (rest, section) => section.modes.push(rest)],
  ['mode ', (rest, section) => section.modes.push(...rest.split(/[,.]+/))],
  ['new file mode ', (rest, section) => addMode(Object.assign(section, { added: true }), rest)],
  ['deleted file mode ', (rest, section) => addMode(Object.assign(section, { deleted: true }), rest)],
  ['rename from ', (rest, section) => Object.assign(section, { before: unquote(rest), renamed: true })],
  ['rename to ', (rest, section) => Object.assign(section, { after: unquote(rest), renamed: true })],
  ['copy from ', (rest, section) => Object.assign(section, { before: unquote(rest), copied: true })],
  ['copy to ', (rest, section) => Object.assign(section, { after: unquote(rest), copied: true })],
  ['similarity index ', () => {}],
  ['dissimilarity index ', () => {}],
  ['index ', (rest, section) => section.modes.push(...(/ (\d{6})$/.exec(rest)?.slice(1) ?? []))],
  ['--- ', (rest, _section, sides) => Object.assign(sides, { before: sideName(rest) })],
  ['+++ ', (rest, _section, sides) => Object.assign(sides, { after: sideName(rest) })],
  ['Binary files ', (_rest, section) => Object.assign(section, { binary: true })],
  ['GIT binary patch', (_rest, section) => Object.assign(section, { binary: true })],
];

function addMode(section: Section, rest: string): void {
  section.modes.push(...rest.split(','));
}

function readExtendedHeader(line: string, section: Section, sides: Sides): boolean {
  const found = EXTENDED.find(([start]) => line.startsWith(start));
  found?.[1](line.slice(found[0].length), section, sides);
  return found !== undefined;
}

function readHunks(cursor: Cursor, section: Section): void {
  while (isHunkHeader(cursor.lines[cursor.at])) {
    const { hunk, newlineAtEnd } = readHunk(cursor);
    section.hunks.push(hunk);
    section.newlineAtEnd = newlineAtEnd;
  }
}
