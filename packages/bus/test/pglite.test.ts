import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openPgliteStore } from '@continuum/store/pglite';
import { busContract } from '@continuum/testing/bus-contract';
import { expect, test } from 'vitest';
import { createEmbeddedBus } from '../src/embedded.ts';

busContract('embedded over PGlite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bus-'));
  const store = await openPgliteStore({ folder });
  return {
    open: async () => createEmbeddedBus({ stream: store.stream }),
    remove: async () => {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
});

test('what a process killed with -9 had emitted or in hand is delivered by the next one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bus-killed-'));
  const program = fileURLToPath(new URL('./hang-in-handler.ts', import.meta.url));
  const child = spawn(process.execPath, [program, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const chunk of child.stdout) {
    output += chunk;
    if (output.includes('begun') && output.includes('emitted')) child.kill('SIGKILL');
  }
  const store = await openPgliteStore({ folder });
  const bus = createEmbeddedBus({ stream: store.stream });
  const seen: string[] = [];
  await bus.subscribe('feedback:given', async (event) => void seen.push(event.id), { durable: 'consumer' });
  await bus.idle();
  await bus.close();
  await store.close();
  await rm(folder, { recursive: true });
  expect(seen).toEqual(['0', '1', '2']);
});
