// Plain JavaScript without dependencies: it runs before anything is installed, on whatever Node calls it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const bin = join(root, 'node_modules', '.bin');
/** Node of the version the project pins, whatever the system's is. */
export const node = join(bin, process.platform === 'win32' ? 'node.cmd' : 'node');

/** The environment for every tool: the pinned Node first on the path, compiled code cached between runs. */
export function toolEnvironment() {
  const separator = process.platform === 'win32' ? ';' : ':';
  return {
    ...process.env,
    PATH: `${bin}${separator}${process.env.PATH ?? ''}`,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules', '.cache', 'node-compile'),
  };
}

/** Runs a tool with its output shown; ends this process with its exit code when it fails. */
export function mustRun(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: toolEnvironment() });
  if (error) console.error(`${command} could not be started: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

/** Installs exactly what package-lock.json says when node_modules is missing or differs from it. */
export function ensureInstalled() {
  if (isInstalled()) return;
  console.log('Installing dependencies (npm ci) ...');
  const npm = process.env.npm_execpath;
  const [command, args] = npm === undefined ? ['npm', []] : [process.execPath, [npm]];
  mustRun(command, [...args, 'ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

function isInstalled() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed) || !existsSync(node)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(installed, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional || isPresent(present[path], entry),
  );
}

function isPresent(have, want) {
  return have !== undefined && have.version === want.version && have.link === want.link;
}

/** Builds the web room when its sources changed since the last build. */
export function ensureDashboard() {
  const folder = join(root, 'packages', 'dashboard');
  const stamp = join(folder, 'dist', '.sources');
  const sources = hashOf([folder, join(root, 'packages', 'contract', 'src')]);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return;
  console.log('Building the web room ...');
  mustRun('npm', ['run', '--silent', 'build', '-w', '@continuum/dashboard']);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, sources);
}

function hashOf(folders) {
  const hash = createHash('sha256');
  for (const folder of folders) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }).sort(byPath)) {
      const path = join(entry.parentPath ?? entry.path, entry.name);
      if (!entry.isFile() || /[\\/](dist|node_modules|test)[\\/]/.test(path.slice(folder.length))) continue;
      hash.update(path.slice(root.length)).update(readFileSync(path));
    }
  }
  return hash.digest('hex');
}

function byPath(a, b) {
  const left = join(a.parentPath ?? a.path, a.name);
  const right = join(b.parentPath ?? b.path, b.name);
  return left < right ? -1 : 1;
}
