import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAnalyzerPool } from '../src/pool/pool.ts';
import { changeOf, modifiedFile, newFile } from './change.ts';

const EVAL = 'export function run(code) {\n  return eval(code);\n}\n';

describe('the pool with our analyzers', () => {
  const pool = createAnalyzerPool();
  afterAll(() => pool.close());

  it('runs all analyzers on what each understands, added lines only', async () => {
    const { findings, skipped } = await pool.analyze(
      changeOf(
        newFile('src/a.js', EVAL),
        modifiedFile('src/b.js', `eval(x);\nconst password = 'hunter2!Zq';\n`, [2]),
        newFile('package.json', '{\n  "dependencies": {\n    "left": "1.0.0"\n  }\n}\n'),
      ),
    );
    const found = findings.map(({ path, line, rule }) => `${path}:${line} ${rule.split('/')[0]}`);
    expect(new Set(found)).toEqual(
      new Set(['src/a.js:2 ast', 'src/a.js:2 eslint', 'src/b.js:2 secrets', 'package.json:3 licences']),
    );
    expect(skipped).toEqual([]);
  });

  it('names generated, vendored, minified and too large files', async () => {
    const { findings, skipped } = await pool.analyze(
      changeOf(
        newFile('lib/x.min.js', EVAL),
        newFile('vendor/x.js', EVAL),
        newFile('web/bundle.js', `eval(x);${'a=1;'.repeat(2_000)}\n`),
        newFile('src/large.js', EVAL.repeat(25_000)),
        newFile('src/gen.js', `// @generated\n${EVAL}`),
      ),
    );
    expect(findings).toEqual([]);
    expect(skipped.map(({ path, reason }) => [path, reason])).toEqual([
      ['lib/x.min.js', 'generated'],
      ['vendor/x.js', 'vendored'],
      ['web/bundle.js', 'generated'],
      ['src/large.js', 'too-large'],
      ['src/gen.js', 'generated'],
    ]);
  });

  it('repeats no secret, whichever analyzer quotes the line', async () => {
    const token = `ghp_${'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cF0hL3nR6'}`;
    const { findings } = await pool.analyze(changeOf(newFile('src/s.js', `eval(code + "${token}");\n`)));
    expect(new Set(findings.map(({ category }) => category))).toEqual(new Set(['security', 'secret']));
    expect(JSON.stringify(findings)).not.toContain(token.slice(0, 10));
  });

  it('reads only what the patch shows of an incomplete file', async () => {
    const sparse = { ...modifiedFile('src/c.js', '\n\n\nfunction f(c) { eval(c);\n', [4]), complete: false };
    const { findings, skipped } = await pool.analyze(changeOf(sparse));
    expect(findings.map(({ rule }) => rule.split('/')[0])).toContain('ast');
    expect(skipped).toMatchObject([{ path: 'src/c.js', reason: 'analyzer-failed' }]);
  });

  it('runs the chosen analyzers, and refuses unknown ones', async () => {
    const { findings } = await pool.analyze(changeOf(newFile('src/a.js', EVAL)), { analyzers: ['ast'] });
    expect(findings.every(({ rule }) => rule.startsWith('ast/'))).toBe(true);
    await expect(pool.analyze(changeOf(), { analyzers: ['lint'] })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('stops when told to', async () => {
    const aborted = pool.analyze(changeOf(newFile('src/d.js', EVAL)), { signal: AbortSignal.abort() });
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('is neither configured nor driven by files of the change', async () => {
    const trace = join(tmpdir(), `continuum-inert-${process.pid}`);
    const attack = `require('fs').writeFileSync(${JSON.stringify(trace)}, 'x');\n`;
    const hostile = [
      newFile('.eslintrc.js', `${attack}module.exports = { rules: { 'no-eval': 'off' } };\n`),
      newFile('eslint.config.js', `${attack}module.exports = [{ ignores: ['**'] }];\n`),
      newFile('.eslintignore', '**\n'),
      newFile('.secretlintrc.json', '{"rules":[]}\n'),
      newFile('.npmrc', `script-shell=${trace}\n`),
      newFile('.gitattributes', '*.js binary linguist-generated\n'),
      newFile('sgconfig.yml', 'ruleDirs: [x]\n'),
      newFile(
        'package.json',
        `{\n  "scripts": { "postinstall": "touch ${trace}" },\n  "eslintConfig": { "root": true, "rules": {} }\n}\n`,
      ),
    ];
    const quiet = await pool.analyze(changeOf(newFile('src/a.js', EVAL)));
    const { findings } = await pool.analyze(changeOf(...hostile, newFile('src/a.js', EVAL)));
    expect(findings.filter(({ path }) => path === 'src/a.js')).toEqual(quiet.findings);
    expect(quiet.findings.length).toBeGreaterThan(1);
    expect(existsSync(trace)).toBe(false);
  });
});

describe('the pool with an analyzer in a bad mood', () => {
  const folder = mkdtempSync(join(tmpdir(), 'continuum-pool-'));
  const pool = createAnalyzerPool({
    analyzers: ['moody'],
    entry: new URL('./hanging-worker.ts', import.meta.url),
    timeoutMs: 2_000,
  });
  const say = async (...paths: string[]) => {
    const { skipped } = await pool.analyze(changeOf(...paths.map((path) => newFile(path, `${folder}/out\n`))));
    return Object.fromEntries(skipped.map(({ path, reason, detail }) => [path, `${reason} ${detail}`]));
  };
  beforeAll(() => {
    process.env.CONTINUUM_POOL_TEST = 'a secret';
  });
  afterAll(async () => {
    delete process.env.CONTINUUM_POOL_TEST;
    await pool.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('names the file that hangs, kills or breaks it, and does the others', async () => {
    expect(await say('a.js', 'hang.js', 'b.js', 'exit.js', 'throw.js', 'c.js')).toEqual({
      'a.js': 'ignored 1 calls, 0 variables',
      'hang.js': 'analyzer-failed moody: took too long (2000 ms)',
      'b.js': 'ignored 1 calls, 0 variables',
      'exit.js': 'analyzer-failed moody: ended the analysis thread',
      'throw.js': 'analyzer-failed moody: no mood',
      'c.js': 'ignored 2 calls, 0 variables',
    });
  });

  it('remembers results of the same content', async () => {
    const first = await say('same.js');
    expect(await say('same.js')).toEqual(first);
    expect(await say('other.js')).not.toEqual({ 'other.js': first['same.js'] });
  });

  it('lets no analyzer write, start a program or open a connection', async () => {
    writeFileSync(`${folder}/probe`, 'we can write here');
    const said = await say('write.js', 'spawn.js', 'fetch.js', 'connect.js');
    for (const path of ['write.js', 'spawn.js', 'fetch.js', 'connect.js'])
      expect(said[path]).toContain('closed to analyzers');
    expect(existsSync(`${folder}/out`)).toBe(false);
  });

  it('refuses work after it was closed', async () => {
    const other = createAnalyzerPool({ analyzers: ['moody'], entry: new URL('./hanging-worker.ts', import.meta.url) });
    await other.close();
    const { skipped } = await other.analyze(changeOf(newFile('a.js', 'x\n')));
    expect(skipped[0]?.detail).toContain('closed');
  });
});
