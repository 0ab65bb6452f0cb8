import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAttributes, unwantedBy } from '../src/attributes.ts';

const reason = (text: string, path: string) => unwantedBy(parseAttributes(text), path);

describe('.gitattributes', () => {
  it.each([
    ['*.pb.go linguist-generated', 'api/a.pb.go', 'generated'],
    ['*.pb.go linguist-generated=true', 'api/a.pb.go', 'generated'],
    ['/lib/** linguist-vendored', 'lib/a/b.js', 'vendored'],
    ['data/*.json -diff', 'data/a.json', 'no-diff'],
    ['*.bin binary', 'a.bin', 'no-diff'],
    ['[attr]made linguist-generated -diff\n*.snap made', 'a.snap', 'generated'],
    ['"with space/*" linguist-generated', 'with space/a.ts', 'generated'],
    ['app/(auth)/*.ts linguist-generated', 'app/(auth)/page.ts', 'generated'],
  ])('%s speaks of %s', (text, path, attribute) => {
    expect(reason(text, path)?.attribute).toBe(attribute);
  });

  it.each([
    ['*.pb.go linguist-generated', 'api/a.go'],
    ['*.pb.go linguist-generated=false', 'api/a.pb.go'],
    ['*.js linguist-generated\nsrc/*.js -linguist-generated', 'src/a.js'],
    ['*.js linguist-generated\nsrc/*.js !linguist-generated', 'src/a.js'],
    ['lib linguist-vendored', 'lib/a.js'],
    ['lib/ linguist-vendored', 'lib/a.js'],
    ['!*.js linguist-generated', 'a.js'],
    ['# *.js linguist-generated', 'a.js'],
    ['*.json diff=json', 'a.json'],
  ])('%s says nothing against %s', (text, path) => {
    expect(reason(text, path)).toBeUndefined();
  });

  it('names the line that decided', () => {
    expect(reason('\n# made by hand\n*.js linguist-generated\n', 'a.js')).toEqual({ attribute: 'generated', line: 3 });
  });

  it('takes any text and answers soon', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.string({ maxLength: 60 }), (text, path) => {
        unwantedBy(parseAttributes(text), path);
      }),
    );
  });
});

describe('as git itself reads it', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'continuum-attributes-'));
    execFileSync('git', ['init', '-q', folder]);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function byGit(text: string, path: string): boolean {
    writeFileSync(join(folder, '.gitattributes'), text);
    const args = ['-C', folder, '-c', 'core.ignoreCase=false', 'check-attr', 'linguist-generated', '--', path];
    return execFileSync('git', args, { encoding: 'utf8' }).trim().endsWith(': set');
  }

  const name = fc.constantFrom('a', 'b', 'ab', 'a.js', 'b.ts', '.x', 'a(b)');
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  const word = fc.constantFrom('a', 'b', '*', '**', '?', '*.js', 'a*', '[ab]', '[!a]', 'ab', 'a(b)', '{a,b}', '.*');
  const pattern = fc
    .tuple(fc.boolean(), fc.array(word, { minLength: 1, maxLength: 4 }))
    .map(([anchored, words]) => (anchored ? '/' : '') + words.join('/'));
  const line = fc
    .tuple(pattern, fc.constantFrom('linguist-generated', '-linguist-generated', '!linguist-generated'))
    .map((parts) => parts.join(' '));

  it('patterns mean what they mean to git check-attr', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 3 }), path, (lines, file) => {
        const text = lines.join('\n');
        expect(unwantedBy(parseAttributes(text), file)?.attribute === 'generated', `${text} for ${file}`).toBe(
          byGit(text, file),
        );
      }),
      { numRuns: 150 },
    );
  });
});
