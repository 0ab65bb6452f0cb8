import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storeContract } from '@continuum/testing/store-contract';
import { afterAll } from 'vitest';
import { openPgliteStore } from '../src/pglite.ts';

const folder = await mkdtemp(join(tmpdir(), 'continuum-store-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

storeContract('PGlite', (now) => openPgliteStore({ folder, now }));
