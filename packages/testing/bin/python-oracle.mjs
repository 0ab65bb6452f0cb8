// `node packages/testing/bin/python-oracle.mjs`: makes `.continuum/python`, the Python that tests compare with (PyTorch on
// the CPU, transformers, PEFT, TRL). Does nothing when it is there already with the same pins.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');
const requirements = join(import.meta.dirname, '../python/requirements.txt');
const folder = join(root, '.continuum', 'python');
const python = join(folder, 'bin', 'python');
const stamp = join(folder, 'requirements.txt');

if (existsSync(stamp) && readFileSync(stamp, 'utf8') === readFileSync(requirements, 'utf8')) {
  console.log(`${folder} is ready.`);
} else {
  install();
}

function install() {
  const started = performance.now();
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  run(process.env.PYTHON ?? 'python3', ['-m', 'venv', folder]);
  const torch = readFileSync(requirements, 'utf8').match(/^torch==\S+$/m)[0];
  installTorch(torch);
  run(python, ['-m', 'pip', 'install', '--quiet', '-r', requirements]);
  run(python, ['-c', 'import torch, transformers, peft, trl']);
  copyFileSync(requirements, stamp);
  const [size] = execFileSync('du', ['-sm', folder], { encoding: 'utf8' }).split('\t');
  console.log(`${folder}: ${size} MB in ${((performance.now() - started) / 1000).toFixed(0)} s.`);
}

/**
 * The wheel of the CPU build (200 MB instead of 3 GB) from a folder that pip already knows, else whatever pip's settings
 * lead to: PIP_EXTRA_INDEX_URL may name PyTorch's index of CPU builds.
 */
function installTorch(torch) {
  const pip = ['-m', 'pip', 'install', '--quiet'];
  const local = spawnSync(python, [...pip, '--no-deps', '--no-index', `${torch}+cpu`], { stdio: 'ignore' });
  if (local.status !== 0) run(python, [...pip, torch]);
}

function run(command, args) {
  execFileSync(command, args, { stdio: 'inherit' });
}
