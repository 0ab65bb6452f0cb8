// Bundles the extension, for the web and the desktop alike, and the script of the room panel.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const common = { absWorkingDir: root, bundle: true, minify: true, target: 'es2022', logLevel: 'warning' };

await rm(`${root}/dist`, { recursive: true, force: true });
await mkdir(`${root}/dist`);
await Promise.all([
  build({
    ...common,
    entryPoints: ['src/extension.ts'],
    outfile: 'dist/extension.js',
    format: 'cjs',
    platform: 'browser',
    external: ['vscode'],
  }),
  build({ ...common, entryPoints: ['panel/room.ts'], outfile: 'dist/room.js', format: 'iife', platform: 'browser' }),
  build({ ...common, entryPoints: ['panel/room.css'], outfile: 'dist/room.css' }),
  // Editors load extensions as CommonJS; everything else here is a module.
  writeFile(`${root}/dist/package.json`, '{ "type": "commonjs" }\n'),
]);
