import type { CandidateFinding } from '@continuum/contract/finding';
import { findingsIn } from '../src/ast/analyzer.ts';
import { openSource } from '../src/ast/source-file.ts';

/** Findings of our rules in a text, all lines counting as added. */
export function scan(path: string, content: string): CandidateFinding[] {
  const file = openSource(path, content);
  if (file === undefined) throw new Error(`no grammar for ${path}`);
  const lines = new Set(content.split('\n').map((_, index) => index + 1));
  return findingsIn(file, lines);
}

/** Rule ids without `ast/`, in source order. */
export function rulesIn(path: string, content: string): string[] {
  return scan(path, content).map(({ rule }) => rule.replace(/^ast\//, ''));
}
