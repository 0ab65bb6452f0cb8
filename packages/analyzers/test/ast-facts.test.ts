import type { Facts } from '@continuum/contract/finding';
import { describe, expect, it } from 'vitest';
import { factsAt } from '../src/ast/facts.ts';

/** Facts of the first place where `at` stands in the code. */
function factsOf(code: string, at: string, path = 'src/a.js'): Facts {
  const before = code.slice(0, code.indexOf(at));
  const line = before.split('\n').length;
  const column = before.length - before.lastIndexOf('\n');
  const lines = at.split('\n');
  return factsAt({
    path,
    content: code,
    line,
    column,
    endLine: line + lines.length - 1,
    endColumn: column + at.length,
  });
}

const ROLES: readonly (readonly [string, string, Facts['role']])[] = [
  ['function f(o, k) { return o[k]; }', 'o[k]', 'returned'],
  ['function f(o, k) { o[k] = 1; }', 'o[k]', 'assigned'],
  ['function f(o, k) { o[k](); }', 'o[k]', 'called'],
  ['function f(o, k) { g(o[k]); }', 'o[k]', 'argument'],
  ['function f(o, k) { if (o[k]) g(); }', 'o[k]', 'read'],
  ['function f(o) { for (let i = 0; i < 3; i++) o[i] = 1; }', 'o[i]', 'loop-index'],
  ['function f(o) { var i; for (i = 0; i < 3; i++) g(o[i]); }', 'o[i]', 'loop-index'],
  ['function f(k) { return `a${k}`; }', 'k}', 'interpolated'],
  ['function f(k) { const x = k; }', 'k;', 'declared'],
];

const ORIGINS: readonly (readonly [string, string, Facts['origins']])[] = [
  ['g("a")', 'g("a")', ['literal']],
  ['const A = "a"; g(A)', 'g(A)', ['constant']],
  ['function f(p) { g(p) }', 'g(p)', ['parameter']],
  ['function f({ p }) { g(p) }', 'g(p)', ['parameter']],
  ['app.get("/", (req, res) => { const { id } = req.body; g(id) })', 'g(id)', ['request']],
  ['app.get("/", (q, res) => { g(q.query.x) })', 'g(q.query.x)', ['request']],
  ['g(process.env.HOME)', 'g(process.env.HOME)', ['environment']],
  ['const path = require("path"); g(path.join(__dirname, "x"))', 'g(path.join(__dirname, "x"))', ['own-directory']],
  ['g(import.meta.dirname)', 'g(import.meta.dirname)', ['own-directory']],
  ['function f(options) { g(options.x) }', 'g(options.x)', ['configuration', 'parameter']],
  ['const fs = require("fs"); const d = fs.readFileSync("a"); g(d)', 'g(d)', ['file-content']],
  ['const d = require("./a.json"); g(d)', 'g(d)', ['file-content']],
  ['function f(l) { for (const x of l) g(x) }', 'g(x)', ['loop-variable', 'parameter']],
  ['function f(l) { l.forEach((x) => g(x)) }', 'g(x)', ['loop-variable', 'parameter']],
  ['function f(l) { Object.keys(l).forEach((x) => g(x)) }', 'g(x)', ['loop-variable', 'parameter']],
  ['function f(p) { inner(p) } function inner(x) { g(x) }', 'g(x)', ['parameter']],
];

const GUARDS: readonly (readonly [string, string])[] = [
  ['if (o.hasOwnProperty(k)) o[k] = 1;', 'own-property'],
  ['if (k === "__proto__") return; o[k] = 1;', 'prototype-key'],
  ['if (typeof k !== "string") return; o[k] = 1;', 'type-check'],
  ['if (ALLOWED.includes(k)) o[k] = 1;', 'allow-list'],
  ['if (!k.startsWith("/srv")) throw new Error(); o[k] = 1;', 'path-prefix'],
  ['if (k.length > 10) return; o[k] = 1;', 'length-check'],
  ['if (!/^a+$/.test(k)) return; o[k] = 1;', 'pattern'],
  ['try { o[k] = 1; } catch {}', 'try'],
];

const SANITIZERS: readonly (readonly [string, string])[] = [
  ['escapeHtml(p)', 'escape-html'],
  ['encodeURIComponent(p)', 'encode-uri'],
  ['path.basename(p)', 'path-basename'],
  ['path.normalize(p)', 'path-normalize'],
  ['escapeRegExp(p)', 'regex-escape'],
  ['parseInt(p, 10)', 'integer'],
  ['p.replace(/\\.\\./g, "")', 'path-strip-dots'],
  ['p.replace(/[^a-z]/g, "")', 'allow-list-characters'],
];

describe('facts', () => {
  it.each(ROLES)('role in %s', (code, at, role) => {
    expect(factsOf(code, at).role).toBe(role);
  });

  it.each(ORIGINS)('origins in %s', (code, at, origins) => {
    expect(factsOf(code, at).origins).toEqual(origins);
  });

  it.each(GUARDS)('guard in %s', (body, guard) => {
    expect(factsOf(`function f(o, k) { ${body} }`, 'o[k]').guards).toContain(guard);
    expect(factsOf('function f(o, k) { o[k] = 1; }', 'o[k]').guards).toEqual([]);
  });

  it.each(SANITIZERS)('sanitizer in %s', (call, sanitizer) => {
    const code = `const path = require('path'); function f(p) { g(${call}) }`;
    expect(factsOf(code, `g(${call})`).sanitizers).toEqual([sanitizer]);
  });

  it('counts a sanitizer only when every open part went through it', () => {
    expect(factsOf('function f(a, b) { g(Number(a) + b) }', 'g(Number(a) + b)').sanitizers).toEqual([]);
  });

  it('says where an expression stands', () => {
    const code =
      "const express = require('express');\nclass A { run(list) { for (const x of list) { use(x) } } }\nmodule.exports = A;";
    expect(factsOf(code, 'use(x)')).toMatchObject({
      enclosing: ['loop', 'method', 'class', 'module'],
      functionName: 'run',
      exported: true,
      callee: 'use',
      frameworks: ['express'],
      language: 'javascript',
      pathClass: 'source',
    });
    expect(factsOf("it('works', () => { use(1) })", 'use(1)', 'test/a.test.ts')).toMatchObject({
      enclosing: ['test-case', 'module'],
      pathClass: 'test',
      language: 'typescript',
    });
  });

  it.each([
    ['export const f = (p) => { g(p) };', true],
    ['module.exports = { f(p) { g(p) } };', true],
    ['function f(p) { g(p) } exports.f = f;', true],
    ['function f(p) { g(p) } exports.h = (x) => f(x);', true],
    ['(function (root, make) { root.x = make(); })(this, function () { function f(p) { g(p) } return f; });', true],
    ['function f(p) { g(p) }', false],
  ])('exported in %s', (code, exported) => {
    expect(factsOf(code, 'g(p)').exported).toBe(exported);
  });

  it('widens a start position to the expression there, and answers for text without a grammar', () => {
    const at = factsAt({ path: 'a.js', content: 'function f(o, k) { o[k] = 2 }', line: 1, column: 20 });
    expect(at).toMatchObject({ role: 'assigned', origins: ['parameter'] });
    expect(factsAt({ path: 'docs/a.md', content: '# a', line: 1, column: 1 })).toMatchObject({
      language: 'md',
      pathClass: 'documentation',
      origins: [],
    });
    expect(factsAt({ path: 'a.js', content: '', line: 9, column: 9 }).language).toBe('javascript');
  });
});
