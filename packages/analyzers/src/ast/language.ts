import python from '@ast-grep/lang-python';
import { Lang, registerDynamicLanguage } from '@ast-grep/napi';

/** The family whose rules apply. */
export type Family = 'javascript' | 'python';

export interface Language {
  /** As it stands in facts: `javascript`, `typescript`, `tsx`, `jsx`, `python`. */
  readonly name: string;
  readonly family: Family;
  readonly grammar: string;
}

const JAVASCRIPT: Language = { name: 'javascript', family: 'javascript', grammar: Lang.JavaScript };
const JSX: Language = { name: 'jsx', family: 'javascript', grammar: Lang.JavaScript };
const TYPESCRIPT: Language = { name: 'typescript', family: 'javascript', grammar: Lang.TypeScript };
const TSX: Language = { name: 'tsx', family: 'javascript', grammar: Lang.Tsx };
const PYTHON: Language = { name: 'python', family: 'python', grammar: 'python' };

const BY_EXTENSION: ReadonlyMap<string, Language> = new Map([
  ['js', JAVASCRIPT],
  ['cjs', JAVASCRIPT],
  ['mjs', JAVASCRIPT],
  ['jsx', JSX],
  ['ts', TYPESCRIPT],
  ['cts', TYPESCRIPT],
  ['mts', TYPESCRIPT],
  ['tsx', TSX],
  ['py', PYTHON],
  ['pyw', PYTHON],
]);

/** The language of a path, or undefined when no grammar covers it; declaration files hold no code. */
export function languageOf(path: string): Language | undefined {
  if (/\.d\.[cm]?ts$/.test(path)) return undefined;
  const extension = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase();
  return extension === undefined ? undefined : BY_EXTENSION.get(extension);
}

let registered = false;

/** Registers the grammars that are not built in; ast-grep wants this exactly once in a process. */
export function registerGrammars(): void {
  if (registered) return;
  registered = true;
  registerDynamicLanguage({ python });
}
