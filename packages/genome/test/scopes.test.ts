import { ScopeId } from '@continuum/contract/ids';
import { ScopeDefinition } from '@continuum/contract/persona';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toGlobs } from '../src/glob.ts';
import { checkScopes, isWithin, resolveScopes, scopeChain, scopeOf } from '../src/scopes.ts';

const scope = (id: string, paths: string[], categories: string[] = []) =>
  ScopeDefinition.parse({ id, description: id, paths, categories });
const SCOPES = [
  scope('/', ['**']),
  scope('/backend/', ['**/{server,api}/**', '**/*.sql']),
  scope('/security/', ['**/security/**'], ['security', 'secret']),
  scope('/security/auth/', ['**/auth/**', '**/auth.*']),
];

describe('the scope of a place', () => {
  it.each([
    [{ path: 'src/security/rules.ts' }, '/security/'],
    [{ path: 'src/security/auth/login.ts' }, '/security/auth/'],
    [{ path: 'auth/login.ts' }, '/security/auth/'],
    [{ path: 'src/auth.ts' }, '/security/auth/'],
    [{ path: 'src/server/index.ts', category: 'security' }, '/security/'],
    [{ path: 'src/server/index.ts', category: 'correctness' }, '/backend/'],
    [{ path: 'src/server/auth/login.ts', category: 'security' }, '/security/auth/'],
    [{ path: 'src/plain.ts', category: 'security' }, '/security/'],
    [{ category: 'secret' }, '/security/'],
    [{ path: 'src/plain.ts', category: 'style' }, '/'],
    [{ path: 'author/x.ts' }, '/'],
    [{}, '/'],
  ] as const)('%j is %s', (place, expected) => {
    expect(scopeOf(place, SCOPES)).toBe(expected);
    expect(scopeOf(place, SCOPES.toReversed())).toBe(expected);
  });

  it('is the root without any definition', () => expect(scopeOf({ path: 'a.ts' }, [])).toBe('/'));
});

describe('the chain of a scope', () => {
  it('goes from the scope to the root', () => {
    expect(scopeChain(ScopeId.parse('/security/auth/'))).toEqual(['/security/auth/', '/security/', '/']);
    expect(scopeChain(ScopeId.parse('/'))).toEqual(['/']);
  });

  it('contains exactly the scopes it lies within', () => {
    const ids = fc.array(fc.stringMatching(/^[a-z0-9]{1,6}$/), { maxLength: 5 });
    fc.assert(
      fc.property(ids, (names) => {
        const id = ScopeId.parse(`/${names.map((name) => `${name}/`).join('')}`);
        const chain = scopeChain(id);
        expect(chain).toHaveLength(names.length + 1);
        expect(chain.at(-1)).toBe('/');
        for (const ancestor of chain) expect(isWithin(id, ancestor)).toBe(true);
      }),
    );
  });

  it('resolves to what is defined', () => {
    expect(resolveScopes(ScopeId.parse('/security/auth/tokens/'), SCOPES)).toEqual([
      '/security/auth/',
      '/security/',
      '/',
    ]);
    expect(resolveScopes(ScopeId.parse('/nowhere/'), [])).toEqual(['/']);
  });
});

describe('a set of scopes', () => {
  it('is accepted when sound', () => expect(() => checkScopes(SCOPES)).not.toThrow());
  it.each([
    [[scope('/a/', ['a/**'])], 'root'],
    [[...SCOPES, scope('/security/', ['x/**'])], 'twice'],
    [[scope('/', ['../**'])], 'no path inside'],
    [[scope('/', ['/etc/**'])], 'no path inside'],
  ])('is refused otherwise (%#)', (scopes, problem) => expect(() => checkScopes(scopes)).toThrow(problem));
});

describe('globs', () => {
  const matches = (pattern: string, path: string) => toGlobs(pattern).some((glob) => glob.matches(path));
  it.each([
    ['**/*.ts', 'a/b/c.ts', true],
    ['**/*.ts', 'c.ts', true],
    ['*.ts', 'a/c.ts', false],
    ['src/**', 'src/a/b', true],
    ['src/**', 'source/a', false],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['x.{css,html}', 'x.html', true],
    ['x.{css,html}', 'xxhtml', false],
    ['a(b)+[c]', 'a(b)+[c]', true],
    ['**/db/**', 'mydb/x', false],
    ['valueOf', 'valueOf', true],
    ['**', '.github/workflows/a.yml', true],
  ])('%s on %s is %s', (pattern, path, expected) => expect(matches(pattern, path)).toBe(expected));

  it('never throws and a literal path matches itself', () => {
    const path = fc.stringMatching(/^[\w.()[\]+^$|\\/ -]{1,30}$/);
    fc.assert(fc.property(path, (text) => matches(text, text)));
    fc.assert(fc.property(fc.string(), fc.string(), (pattern, text) => matches(pattern, text) || true));
  });

  it('stays fast on hostile paths', () => {
    const started = performance.now();
    expect(matches('**/a/**/b/**/c/**', `${'a/b/'.repeat(500)}x`)).toBe(false);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
