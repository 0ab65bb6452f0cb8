import type { PathClass } from '@continuum/contract/finding';
import { pathClass } from '@continuum/review/path-class';
import type { Flow } from './flow.ts';
import { type JavaScriptFlow, javascriptFlow } from './javascript/flow.ts';
import { type Language, languageOf } from './language.ts';
import { pythonFlow } from './python/flow.ts';
import { parseSource, type SyntaxNode } from './syntax.ts';

interface ParsedFile {
  readonly path: string;
  readonly content: string;
  readonly language: Language;
  readonly pathClass: PathClass;
  readonly root: SyntaxNode;
}

export interface JavaScriptFile extends ParsedFile {
  readonly family: 'javascript';
  readonly flow: JavaScriptFlow;
}

export interface PythonFile extends ParsedFile {
  readonly family: 'python';
  readonly flow: Flow;
}

/** One parsed file with the answers about its data flow. */
export type SourceFile = JavaScriptFile | PythonFile;

/** Parses a file; undefined when no grammar covers its extension. */
export function openSource(path: string, content: string): SourceFile | undefined {
  const language = languageOf(path);
  if (language === undefined) return undefined;
  const root = parseSource(content, language);
  const parsed = { path, content, language, pathClass: pathClass(path, content), root };
  if (language.family === 'python') return { ...parsed, family: 'python', flow: pythonFlow(root) };
  return { ...parsed, family: 'javascript', flow: javascriptFlow(root) };
}
