// `npm start`: installs and builds what is missing, then runs the whole system on embedded defaults.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureDashboard, ensureInstalled, node, root, toolEnvironment } from './setup.mjs';

ensureInstalled();
ensureDashboard();
const main = join(root, 'packages', 'cli', 'src', 'main.ts');
const child = spawn(node, [main, 'start', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: toolEnvironment(),
});
// npm does not pass every signal on: when it is gone, nobody is left to stop the system.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) child.kill('SIGTERM');
}, 500).unref();
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 0 : 1)));
