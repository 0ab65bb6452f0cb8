import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { generate } from './build-kernels.ts';

test('the bytes of the kernels are those of the sources beside them', async () => {
  const committed = await readFile(new URL('../src/kernels/bytes.ts', import.meta.url), 'utf8');
  expect(committed).toBe(await generate());
});
