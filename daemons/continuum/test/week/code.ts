/** A weakness that the analyzers know, as the first draft of a function of that name shows it. */
export type Kind = 'sql' | 'shell' | 'path' | 'eval' | 'tls' | 'lint';

const DRAFTS: Readonly<Record<Kind, (name: string) => string>> = {
  sql: (name) => `const db = require('./db');

async function ${name}(req, res) {
  const rows = await db.query('SELECT * FROM ${name} WHERE id = ' + req.params.id);
  res.json(rows);
}

module.exports = { ${name} };
`,
  shell: (name) => `const cp = require('child_process');
module.exports.${name} = (req) => cp.exec('ls ' + req.query.dir);
`,
  path: (name) => `const fs = require('fs');
module.exports.${name} = (req, res) => res.send(fs.readFileSync('/data/' + req.query.name));
`,
  eval: (name) => `module.exports.${name} = (req) => eval(req.query.code);
`,
  tls: (name) => `const https = require('https');

function ${name}(host) {
  return https.request({ host, rejectUnauthorized: false });
}

module.exports = { ${name} };
`,
  // What only the linter in CI sees.
  lint: (name) => `export const ${name} = (items) => items.length + offset;
`,
};

/** What our own analyzers find something in. */
export const SECURITY = ['sql', 'shell', 'path', 'eval', 'tls'] as const satisfies readonly Kind[];

export interface Draft {
  readonly kind: Kind;
  readonly name: string;
}

export function pathOf({ kind, name }: Draft): string {
  return `src/${kind}/${name}.js`;
}

/** The draft that a path was made for. Throws for another one. */
export function draftAt(path: string): Draft {
  const [, kind, name] = /^src\/(sql|shell|path|eval|tls|lint)\/(\w+)\.js$/.exec(path) ?? [];
  const known = [...SECURITY, 'lint' as const].find((each) => each === kind);
  if (known === undefined || name === undefined) throw new Error(`${path} is no draft of the week`);
  return { kind: known, name };
}

export function drafted({ kind, name }: Draft): string {
  return DRAFTS[kind](name);
}

/** The same function with nothing to find in it. */
export function fixed({ name }: Draft): string {
  return `module.exports.${name} = () => '${name}';\n`;
}

/** The same function a few lines further down. */
export function moved(draft: Draft): string {
  return `// Written in a hurry.\n// To be tidied up.\n${drafted(draft)}`;
}

/** Where the linter finds its one problem, and how it reports it: SARIF 2.1.0. */
export function lintReport(drafts: readonly Draft[]): object {
  const results = drafts.map((draft) => ({
    ruleId: 'no-undef',
    level: 'error',
    message: { text: "'offset' is not defined." },
    locations: [{ physicalLocation: { artifactLocation: { uri: pathOf(draft) }, region: { startLine: 1 } } }],
  }));
  const driver = { name: 'ESLint', rules: [{ id: 'no-undef', defaultConfiguration: { level: 'error' } }] };
  return { version: '2.1.0', runs: [{ tool: { driver }, results }] };
}
