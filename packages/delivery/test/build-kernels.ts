// Compiles kernels/json-object.wat to src/json-object-module.ts: node packages/delivery/test/build-kernels.ts
import { readFile, writeFile } from 'node:fs/promises';
import { compileWat } from '@continuum/testing/web-assembly';

const SOURCE = new URL('../kernels/json-object.wat', import.meta.url);
const OUTPUT = new URL('../src/json-object-module.ts', import.meta.url);

/** The generated TypeScript: base64 of the module. */
export async function generate(): Promise<string> {
  const module = await compileWat('json-object.wat', await readFile(SOURCE, 'utf8'));
  return [
    '// Made of kernels/json-object.wat by test/build-kernels.ts; a test compiles it again and compares.',
    '',
    '/** WebAssembly with 128-bit SIMD, in base64. */',
    'export const JSON_OBJECT_MODULE =',
    '  // biome-ignore format: one line of base64',
    `  '${module}';`,
    '',
  ].join('\n');
}

if (process.argv[1] === import.meta.filename) await writeFile(OUTPUT, await generate());
