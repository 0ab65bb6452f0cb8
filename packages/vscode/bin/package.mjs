// Builds `dist/continuum-<version>.vsix`. Reaches no network: the packager lies in a folder of its own.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const tools = process.env.CONTINUUM_VSCODE ?? fileURLToPath(new URL('../../../.continuum/vscode', import.meta.url));
const vsce = `${tools}/node_modules/@vscode/vsce/vsce`;
const { version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
const out = process.argv[2] ?? `${root}/dist/continuum-${version}.vsix`;

if (!existsSync(vsce)) {
  console.error('The packager is no part of the ordinary install. Bring it once:');
  console.error('  node packages/vscode/bin/bring-tools.mjs');
  process.exit(1);
}
run(`${root}/bin/build.mjs`);
run(vsce, 'package', '--no-dependencies', '--allow-missing-repository', '--out', out);

function run(script, ...args) {
  const { status } = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
