// `npm run complete-lock`, after dependencies changed: npm drops the entries of optional packages for other platforms from
// package-lock.json when it cannot see them (npm/cli#4828), and `npm ci` then refuses the file. This puts them back.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const PROCESSORS = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

const file = join(root, 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8'));
for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`;
    if (isPlatformPackage(name)) lock.packages[path] ??= { version, ...platformOf(name), optional: true };
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`);

function isPlatformPackage(name) {
  const words = name.split(/[-/_]/);
  return SYSTEMS.some((system) => words.includes(system)) || words.includes('wasi');
}

/** The fields by which npm leaves a package of another platform alone. */
function platformOf(name) {
  const words = name.split(/[-/_]/);
  const os = SYSTEMS.filter((system) => words.includes(system));
  const cpu = PROCESSORS.filter((processor) => words.includes(processor) || words.includes(`${processor}hf`));
  const libc = words.includes('musl') ? ['musl'] : words.includes('gnu') ? ['glibc'] : [];
  return {
    ...(os.length > 0 ? { os } : {}),
    cpu: cpu.length > 0 ? cpu : ['wasm32'],
    ...(libc.length > 0 ? { libc } : {}),
  };
}
