import { ContinuumError } from '@continuum/contract/errors';
import type { Category } from '@continuum/contract/finding';
import { ScopeId } from '@continuum/contract/ids';
import type { ScopeDefinition } from '@continuum/contract/persona';
import { type Glob, toGlobs } from './glob.ts';

export const ROOT_SCOPE: ScopeId = ScopeId.parse('/');

/** What is known of the place a scope is asked for. */
export interface Place {
  /** Path inside the repository, `/`-separated. */
  readonly path?: string;
  readonly category?: Category;
}

// Scope lists are loaded once and asked for thousands of findings.
const compiled = new WeakMap<ScopeDefinition, readonly Glob[]>();

function globsOf(scope: ScopeDefinition): readonly Glob[] {
  const known = compiled.get(scope);
  if (known !== undefined) return known;
  const globs = scope.paths.flatMap(toGlobs);
  compiled.set(scope, globs);
  return globs;
}

/** Fixed characters of the narrowest pattern that matches, or -1. */
function specificity(scope: ScopeDefinition, path: string): number {
  return globsOf(scope).reduce((best, glob) => (glob.literals > best && glob.matches(path) ? glob.literals : best), -1);
}

/** A deeper scope is narrower; among equals the name decides, so that file order never does. */
function compareScopes(one: ScopeDefinition, other: ScopeDefinition): number {
  return depth(other.id) - depth(one.id) || (one.id < other.id ? -1 : 1);
}

/** Folders in a scope id: 0 for `/`, 2 for `/security/auth/`. */
function depth(scope: ScopeId): number {
  return scope.split('/').length - 2;
}

/**
 * The scope a place belongs to: the deepest one that claims its category, or a scope below that which also claims its path;
 * where none claims the category, the deepest that claims the path (of equals the one with the narrowest pattern), else the
 * root. What keeps attackers out is one expertise wherever it stands, so the category comes first.
 */
export function scopeOf(place: Place, scopes: readonly ScopeDefinition[]): ScopeId {
  const candidates = scopes.filter((scope) => scope.id !== ROOT_SCOPE).sort(compareScopes);
  const owner = byCategory(place.category, candidates);
  const rivals = owner === undefined ? candidates : candidates.filter(({ id }) => isWithin(id, owner));
  return byPath(place.path, rivals) ?? owner ?? ROOT_SCOPE;
}

function byPath(path: string | undefined, scopes: readonly ScopeDefinition[]): ScopeId | undefined {
  if (path === undefined) return undefined;
  const matching = scopes
    .map((scope) => ({ id: scope.id, literals: specificity(scope, path) }))
    .filter(({ literals }) => literals >= 0);
  return matching.sort((one, other) => depth(other.id) - depth(one.id) || other.literals - one.literals)[0]?.id;
}

function byCategory(category: Category | undefined, scopes: readonly ScopeDefinition[]): ScopeId | undefined {
  if (category === undefined) return undefined;
  return scopes.find((scope) => scope.categories.includes(category))?.id;
}

/** A scope and its ancestors, narrowest first, ending with `/`: whoever enters it takes their memory and layers along. */
export function scopeChain(scope: ScopeId): ScopeId[] {
  const names = scope.split('/').filter((name) => name !== '');
  const chain = names.map((_, index) => ScopeId.parse(`/${names.slice(0, names.length - index).join('/')}/`));
  return [...chain, ROOT_SCOPE];
}

/** Is `inner` the scope `outer` or below it? */
export function isWithin(inner: ScopeId, outer: ScopeId): boolean {
  return inner.startsWith(outer);
}

/**
 * The defined scopes an entered one resolves to (GEN-2): its chain without names nobody defined, so that entering
 * `/security/auth/tokens/` works before that scope has a definition. The root is always there.
 */
export function resolveScopes(scope: ScopeId, scopes: readonly ScopeDefinition[]): ScopeId[] {
  const defined = new Set<ScopeId>(scopes.map(({ id }) => id)).add(ROOT_SCOPE);
  return scopeChain(scope).filter((id) => defined.has(id));
}

/** Throws CONFIG_INVALID when a scope is defined twice, the root is missing or a pattern is no repository path. */
export function checkScopes(scopes: readonly ScopeDefinition[]): void {
  const problems = [...duplicates(scopes), ...missingRoot(scopes), ...scopes.flatMap(badPatterns)];
  if (problems.length === 0) return;
  throw new ContinuumError('CONFIG_INVALID', `scopes are wrong: ${problems.join('; ')}`, {
    next: 'Correct the files under scopes/ and start again.',
  });
}

function duplicates(scopes: readonly ScopeDefinition[]): string[] {
  const ids = scopes.map(({ id }) => id);
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))].map((id) => `${id} is defined twice`);
}

function missingRoot(scopes: readonly ScopeDefinition[]): string[] {
  return scopes.some(({ id }) => id === ROOT_SCOPE) ? [] : ['the root scope / is missing'];
}

function badPatterns(scope: ScopeDefinition): string[] {
  const bad = scope.paths.filter((path) => path === '' || path.startsWith('/') || path.split('/').includes('..'));
  return bad.map((path) => `${scope.id}: pattern ${JSON.stringify(path)} is no path inside a repository`);
}
