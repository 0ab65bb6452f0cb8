import { addedLines, type ChangedFile } from '@continuum/contract/change-set';

/** A dependency that the change adds, on its line. */
export interface AddedDependency {
  readonly ecosystem: 'npm' | 'pypi';
  readonly name: string;
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  readonly text: string;
}

/** Where a reader stands; `outside` is what lies between sections: nothing, or `any` when parts of the file are unknown. */
interface Place {
  section: string;
  readonly outside: '' | 'any';
}
type Reader = (line: string, place: Place) => string | undefined;

const NPM_NAME = /^(?:@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~_-][\w.~-]*$/i;
/** Keys of other sections whose values look like versions. */
const NOT_A_NAME =
  /^(?:version|node|npm|yarn|pnpm|vscode|target|name|description|readme|license|requires-python|python|line-length)$/;
const DEPENDENCIES = /^(?:(?:dev|peer|optional|bundled?)?dependencies)$/i;

/** True for files that list dependencies. */
export function isManifest(path: string): boolean {
  return readerFor(path) !== undefined;
}

/** Dependencies on added lines whose name no deleted line of the file carries: a new version of an old one is not new. */
export function addedDependencies(file: ChangedFile): AddedDependency[] {
  const read = readerFor(file.path);
  if (read === undefined || file.content === null) return [];
  const added = addedLines(file);
  const before = namesBefore(file, read);
  const ecosystem = /\.json$/.test(file.path) ? 'npm' : 'pypi';
  const outside = file.complete ? '' : 'any';
  const state: Place = { section: outside, outside };
  return file.content.split('\n').flatMap((text, index) => {
    const name = read(text, state);
    if (name === undefined || !added.has(index + 1) || before.has(name)) return [];
    return [{ ecosystem, name, path: file.path, line: index + 1, text: text.trim() }];
  });
}

/** Names on deleted lines; the section a deleted line stands in is unknown, so any may be meant. */
function namesBefore(file: ChangedFile, read: Reader): Set<string> {
  const deleted = file.hunks.flatMap(({ lines }) => lines.filter(({ kind }) => kind === 'delete'));
  return new Set(deleted.flatMap(({ text }) => read(text, { section: 'any', outside: 'any' }) ?? []));
}

function readerFor(path: string): Reader | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (/(^|\/)node_modules\//.test(path)) return undefined;
  if (name === 'package.json') return packageJson;
  if (name === 'package-lock.json' || name === 'npm-shrinkwrap.json') return packageLock;
  if (/^requirements[\w.-]*\.txt$/.test(name)) return requirements;
  return name === 'pyproject.toml' ? pyproject : undefined;
}

/** `"name": "range"` inside one of the dependency objects; in a sparse text the section may lie in a gap. */
function packageJson(line: string, state: Place): string | undefined {
  const opened = /^\s*"([^"]+)"\s*:\s*\{/.exec(line)?.[1];
  if (opened !== undefined) state.section = opened;
  else if (/^\s*\}/.test(line)) state.section = state.outside;
  const [, name = '', range = ''] = /^\s*"([^"]+)"\s*:\s*"([^"]*)"/.exec(line) ?? [];
  const looksLikeRange = /^(?:[\^~<>=v*]|\d+(?:\.|$)|npm:|git|github:|https?:|latest$|next$)/.test(range);
  const inside = DEPENDENCIES.test(state.section) || (state.section === 'any' && looksLikeRange);
  return inside && NPM_NAME.test(name) && !(state.section === 'any' && NOT_A_NAME.test(name)) ? name : undefined;
}

/** `"node_modules/name": {` of lock file versions 2 and 3; nested copies count under their own name. */
function packageLock(line: string): string | undefined {
  const name = /^\s*"(?:[^"]*\/)?node_modules\/([^"]+)"\s*:\s*\{/.exec(line)?.[1];
  return name !== undefined && NPM_NAME.test(name) ? name : undefined;
}

const PYTHON_NAME = '([A-Za-z0-9](?:[\\w.-]*[A-Za-z0-9])?)';
const REQUIREMENT = new RegExp(`^\\s*${PYTHON_NAME}(?:\\[[\\w,\\s.-]*\\])?\\s*(?:[=<>!~]=?|@|;|#|$)`);

function requirements(line: string): string | undefined {
  return normalised(REQUIREMENT.exec(line)?.[1]);
}

/** PEP 621 arrays (`"name>=1",`) and Poetry tables (`name = "^1"`). */
function pyproject(line: string, state: Place): string | undefined {
  const header = /^\s*\[+([^\]]+)\]+\s*$/.exec(line)?.[1];
  if (header !== undefined) state.section = header;
  const any = state.section === 'any';
  if (/^\s*\[/.test(line)) return undefined;
  const quoted = /^\s*["']([^"']+)["']\s*,?\s*(?:\]|#.*)?$/.exec(line)?.[1];
  const listed = /^(project|dependency-groups|project\.optional-dependencies)$/.test(state.section);
  if (quoted !== undefined && (any || listed)) return requirements(quoted);
  const poetry = /poetry\.(?:.*\.)?(?:dev-)?dependencies$/.test(state.section) || any;
  const key = new RegExp(`^\\s*${PYTHON_NAME}\\s*=\\s*["'{]`).exec(line)?.[1];
  return poetry && key !== undefined && !NOT_A_NAME.test(key) ? normalised(key) : undefined;
}

/** PEP 503. */
function normalised(name: string | undefined): string | undefined {
  return name?.toLowerCase().replace(/[-_.]+/g, '-');
}
