import { describe, expect, it } from 'vitest';
import { JAVASCRIPT_RULES } from '../src/ast/rules/javascript/all.ts';
import { rulesIn, scan } from './ast-scan.ts';

/** Rule, code that it must flag, code of the same look that it must leave alone. */
const CASES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    'js-command-injection',
    [
      "const cp = require('child_process'); exports.f = (p) => { cp.exec('lsof -i:' + p); };",
      "import { execSync as run } from 'node:child_process'; export function f(p) { const cmd = `ls ${p}`; run(cmd); }",
      "const { exec } = require('child_process'); module.exports = function (o) { exec(['a', o.file].join(' ')); };",
      "const { spawn } = require('child_process'); exports.f = (p) => spawn('ls ' + p, { shell: true });",
      "const { spawn } = require('child_process'); exports.f = (p) => spawn('sh', ['-c', 'ls ' + p]);",
      "const exec = require('util').promisify(require('child_process').exec); exports.f = async (p) => await exec('ls ' + p);",
    ],
    [
      "const cp = require('child_process'); cp.exec('ls -la');",
      "const cp = require('child_process'); const A = '-la'; cp.exec('ls ' + A);",
      "const cp = require('child_process'); exports.f = (p) => cp.exec('kill ' + Number(p));",
      "const cp = require('child_process'); exports.f = (p) => cp.execFile('ls', [p]);",
      "const q = require('shell-quote').quote; const cp = require('child_process'); exports.f = (p) => cp.exec('ls ' + q([p]));",
      'exports.f = (p) => /a/.exec(p);',
    ],
  ],
  [
    'js-code-injection',
    [
      "exports.f = (p) => eval('x.' + p);",
      "exports.f = (p) => new Function('a', 'return ' + p);",
      "const vm = require('vm'); exports.f = (p) => vm.runInNewContext(p, {});",
      "exports.f = (p) => setTimeout('go(' + p + ')', 10);",
    ],
    ["eval('1 + 1');", "new Function('return this')();", 'exports.f = (p) => setTimeout(() => go(p), 10);'],
  ],
  [
    'js-sql-injection',
    [
      "exports.f = (id) => db.query('SELECT * FROM users WHERE id = ' + id);",
      'exports.f = (id) => { const q = `DELETE FROM users WHERE id = ${id}`; return pool.execute(q); };',
    ],
    [
      "exports.f = (id) => db.query('SELECT * FROM users WHERE id = ?', [id]);",
      "exports.f = (id) => db.query('SELECT * FROM users WHERE id = ' + Number(id));",
      "const T = 'users'; db.query('SELECT * FROM ' + T);",
      'exports.f = (id) => list.get(`item ${id}`);',
    ],
  ],
  [
    'js-path-traversal',
    [
      "const fs = require('fs'); require('http').createServer((req, res) => { const p = './' + req.url; fs.readFile(p, () => {}); });",
      "import { createReadStream } from 'fs'; export const f = (name) => createReadStream('/srv/' + name);",
      "app.get('/x', (req, res) => res.sendFile('/srv/' + req.params.name));",
      "const fs = require('fs'); exports.f = (req) => { file = req.url.slice(1); fs.readFileSync(file); };",
    ],
    [
      "const fs = require('fs'); fs.readFileSync(__dirname + '/a.txt');",
      "const fs = require('fs'); const path = require('path'); exports.f = (req) => fs.readFileSync(path.join('/srv', path.basename(req.url)));",
      "const fs = require('fs'); const P = '/etc/hosts'; fs.readFileSync(P);",
    ],
  ],
  [
    'js-prototype-pollution',
    [
      'function merge(a, b) { for (const k in b) { if (typeof b[k] === "object") merge(a[k], b[k]); else a[k] = b[k]; } } exports.merge = merge;',
      'exports.set = (o, path, v) => { const parts = path.split("."); let c = o; while (parts.length > 1) { const k = parts.shift(); c = c[k]; } c[parts[0]] = v; };',
      'exports.f = (o, a, b, v) => { o[a][b] = v; };',
      'exports.set = (o, path, v) => path.split(".").reduce((c, k, i, l) => { c[k] = i === l.length - 1 ? v : c[k] || {}; return c[k]; }, o);',
    ],
    [
      'exports.f = (list) => { for (let i = 0; i < list.length; i++) list[i] = 0; };',
      'exports.f = (o) => { const out = {}; for (const k of Object.keys(o)) out[k] = o[k]; return out; };',
      'exports.f = (o, k) => { const out = Object.create(null); out[k] = o; return out; };',
      'exports.f = (o) => { o["name"] = 1; };',
    ],
  ],
  [
    'js-redos',
    [
      'exports.f = (s) => /^(a+)+$/.test(s);',
      'const RE = /(\\w+\\s?)*$/; exports.f = (s) => s.match(RE);',
      "const RE = new RegExp('(x+x+)+y'); exports.f = (s) => RE.exec(s);",
      'exports.f = (s) => s.replace(/\\s+$/, "");',
    ],
    [
      'exports.f = (s) => /^[a-z]+$/.test(s);',
      'const OK = /^(a+)+$/.test("aaa");',
      'exports.f = (s) => /a{1,3}b/.test(s);',
    ],
  ],
  [
    'js-regex-injection',
    ['exports.f = (s, t) => new RegExp("^" + s).test(t);'],
    ['new RegExp("^a");', 'exports.f = (s, t) => new RegExp("^" + escapeRegExp(s)).test(t);'],
  ],
  [
    'js-unsafe-html',
    [
      'export const f = (el, text) => { el.innerHTML = "<b>" + text + "</b>"; };',
      'export const f = (text) => document.write(text);',
      'app.get("/", (req, res) => res.send("<p>" + req.query.name + "</p>"));',
    ],
    [
      'export const f = (el, text) => { el.textContent = text; };',
      'export const f = (el) => { el.innerHTML = "<b>hi</b>"; };',
      'export const f = (el, text) => { el.innerHTML = escapeHtml(text); };',
      'app.get("/", (req, res) => res.send({ name: req.query.name }));',
    ],
  ],
  [
    'js-open-redirect',
    ['app.get("/", (req, res) => res.redirect(req.query.next));'],
    [
      'app.get("/", (req, res) => res.redirect("/home"));',
      'app.get("/", (req, res) => res.redirect("/u/" + req.query.id));',
    ],
  ],
  [
    'js-request-forgery',
    ['app.get("/", async (req, res) => { await fetch(req.query.url); });'],
    ['app.get("/", async (req, res) => { await fetch("https://api.test/" + req.query.id); });'],
  ],
  [
    'js-insecure-deserialisation',
    ["const s = require('node-serialize'); exports.f = (d) => s.unserialize(d);"],
    ['exports.f = (d) => JSON.parse(d);'],
  ],
  ['js-dynamic-require', ['exports.f = (name) => require(name);'], ["require('fs');", "require(__dirname + '/x');"]],
  ['js-weak-crypto', ["require('crypto').createHash('md5').update(x);"], ["require('crypto').createHash('sha256');"]],
  ['js-insecure-random', ['const token = Math.random().toString(36);'], ['const x = Math.random() * 10;']],
  [
    'js-tls-verification-off',
    ['get({ rejectUnauthorized: false });', "process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';"],
    ['get({ rejectUnauthorized: true });'],
  ],
  ['js-nan-comparison', ['if (x === NaN) go();'], ['if (Number.isNaN(x)) go();']],
  ['js-assignment-in-condition', ['if (a = 1) go();'], ['if (a === 1) go();', 'if ((a = next()) !== null) go();']],
  [
    'js-async-foreach',
    ['list.forEach(async (x) => { await go(x); });'],
    ['await Promise.all(list.map(async (x) => { await go(x); }));', 'list.forEach((x) => go(x));'],
  ],
  ['js-float-equality', ['if (a + b === 0.3) go();'], ['if (a + b === 3) go();', 'if (a === 0.5) go();']],
];

describe.each(CASES)('%s', (rule, flagged, clean) => {
  it.each(flagged)('flags %s', (code) => {
    expect(rulesIn('src/a.js', code)).toContain(rule);
  });
  it.each(clean)('leaves alone %s', (code) => {
    expect(rulesIn('src/a.js', code)).not.toContain(rule);
  });
});

describe('JavaScript rules', () => {
  it('are each shown by a case above and say what they need to', () => {
    const shown = CASES.map(([rule]) => `ast/${rule}`);
    expect(JAVASCRIPT_RULES.map(({ meta }) => meta.id).sort()).toEqual([...shown].sort());
    for (const { meta } of JAVASCRIPT_RULES) {
      expect(meta.references.length).toBeGreaterThan(0);
      expect(meta.title).not.toBe('');
    }
  });

  it('read TypeScript and TSX', () => {
    const typed =
      'import cp from "node:child_process";\nexport function f(p: string): void { cp.exec(`ls ${p as string}`); }';
    expect(rulesIn('src/a.ts', typed)).toEqual(['js-command-injection']);
    const markup = 'export const C = ({ html }: P) => <p dangerouslySetInnerHTML={{ __html: html }} />;';
    expect(rulesIn('src/a.tsx', markup)).toEqual(['js-unsafe-html']);
  });

  it('suggest fixes that are the whole lines after the change', () => {
    const [finding] = scan('a.js', 'function f(x) {\n  if (x === NaN) return; // why\n}\n');
    expect(finding?.suggestion).toEqual({
      startLine: 2,
      endLine: 2,
      replacement: '  if (Number.isNaN(x)) return; // why',
    });
  });

  it('trust a merge less that refuses the keys of the prototype', () => {
    const merge = (guard: string) =>
      `exports.merge = function merge(a, b) { for (const k in b) { ${guard} if (b[k] instanceof Object) merge(a[k], b[k]); else a[k] = b[k]; } };`;
    const open = scan('a.js', merge(''))[0];
    const guarded = scan('a.js', merge("if (k === '__proto__') continue;"))[0];
    expect(guarded?.facts.guards).toContain('prototype-key');
    expect(guarded?.confidence ?? 1).toBeLessThan((open?.confidence ?? 0) / 3);
  });
});
