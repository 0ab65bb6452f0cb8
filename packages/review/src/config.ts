import type { Category } from '@continuum/contract/finding';
import { type PathRule, RepositoryConfig } from '@continuum/contract/repository-config';
import { matchesGlob } from './paths.ts';

/** Name of a repository's own terms, at its root. */
export const CONFIG_FILE = 'continuum.config.json';

const LONGEST = 64 * 1024;

export interface ReadConfig {
  readonly config: RepositoryConfig;
  /** Why the file could not be used; then the config is an empty one. */
  readonly problem: string | undefined;
}

/** The terms in a `continuum.config.json`. Never throws: a file that is wrong must not cost the review, and is told of. */
export function readConfig(text: string | undefined): ReadConfig {
  const empty = RepositoryConfig.parse({});
  if (text === undefined) return { config: empty, problem: undefined };
  if (text.length > LONGEST) return { config: empty, problem: `it is longer than ${LONGEST} characters` };
  const json = parseJson(text);
  if (json === undefined) return { config: empty, problem: 'it is not JSON' };
  const parsed = RepositoryConfig.safeParse(json);
  if (parsed.success) return { config: parsed.data, problem: undefined };
  const issues = parsed.error.issues.slice(0, 5);
  const problem = issues.map(({ path, message }) => `${path.join('.') || 'file'}: ${message}`).join('; ');
  return { config: empty, problem };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

/** What holds for one path. */
export interface PathTerms {
  readonly threshold: number | undefined;
  /** A cap, and the rule it belongs to: all paths of the rule share it. */
  readonly cap: { readonly name: string; readonly cap: number } | undefined;
  readonly off: ReadonlySet<Category>;
}

/** The rules of a config that match a path, folded into one; of each term the last rule that has it decides. */
export function termsOf({ rules }: Pick<RepositoryConfig, 'rules'>, path: string): PathTerms {
  const matching = rules.filter(({ paths }) => paths.some((pattern) => matchesGlob(pattern, path)));
  const capped = matching.findLast(({ cap }) => cap !== undefined);
  return {
    threshold: matching.findLast(({ threshold }) => threshold !== undefined)?.threshold,
    cap: capped?.cap === undefined ? undefined : { name: nameOf(capped), cap: capped.cap },
    off: new Set(matching.findLast(({ off }) => off !== undefined)?.off),
  };
}

/** A rule as people recognise it. */
function nameOf({ paths }: PathRule): string {
  return `The rule for ${paths.slice(0, 3).join(', ')}`;
}
