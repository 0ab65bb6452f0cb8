// Compiles kernels/*.wat to src/kernels/bytes.ts: node packages/transformer/test/build-kernels.ts
import { readFile, writeFile } from 'node:fs/promises';
import { compileWat } from '@continuum/testing/web-assembly';

const HERE = new URL('../kernels/', import.meta.url);
const OUTPUT = new URL('../src/kernels/bytes.ts', HERE);
const SOURCES = ['gemm', 'rows'];

/** The text of one `(…)` from its opening parenthesis on. */
function balanced(text: string, from: number): string {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '(') depth += 1;
    if (text[at] === ')') depth -= 1;
    if (depth === 0) return text.slice(from, at + 1);
  }
  throw new Error(`Unbalanced parentheses after: ${text.slice(from, from + 60)}`);
}

/** Replaces `(madd a b c)`, a x b + c: one fused instruction of relaxed SIMD, or two of plain SIMD. */
function expandMadd(text: string, relaxed: boolean): string {
  const from = text.indexOf('(madd');
  if (from < 0) return text;
  const whole = balanced(text, from);
  const operands: string[] = [];
  let rest = whole.slice(5, -1).trim();
  while (rest !== '') {
    const operand = balanced(rest, 0);
    operands.push(operand);
    rest = rest.slice(operand.length).trim();
  }
  const [a, b, c] = operands;
  const expanded = relaxed ? `(f32x4.relaxed_madd ${a} ${b} ${c})` : `(f32x4.add (f32x4.mul ${a} ${b}) ${c})`;
  return text.slice(0, from) + expandMadd(expanded + text.slice(from + whole.length), relaxed);
}

/** The generated TypeScript: base64 of every kernel module, plain and relaxed. */
export async function generate(): Promise<string> {
  const compile = async (name: string, relaxed: boolean): Promise<string> => {
    const source = (await readFile(new URL(`${name}.wat`, HERE), 'utf8')).replace(/;;.*$/gm, '');
    return compileWat(`${name}.wat`, expandMadd(source, relaxed), relaxed);
  };
  const table = async (relaxed: boolean): Promise<string> => {
    const rows = await Promise.all(
      SOURCES.map(
        async (name) =>
          `  ${name}:\n    // biome-ignore format: one line of base64\n    '${await compile(name, relaxed)}',`,
      ),
    );
    return `{\n${rows.join('\n')}\n}`;
  };
  return [
    '// Made of kernels/*.wat by test/build-kernels.ts; a test compiles them again and compares.',
    '',
    '/** WebAssembly with 128-bit SIMD, in base64. */',
    `export const SIMD_MODULES = ${await table(false)} as const;`,
    '',
    '/** The same with the fused multiply-add of relaxed SIMD. */',
    `export const RELAXED_MODULES = ${await table(true)} as const;`,
    '',
  ].join('\n');
}

if (process.argv[1] === import.meta.filename) await writeFile(OUTPUT, await generate());
