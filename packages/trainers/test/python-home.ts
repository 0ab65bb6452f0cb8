import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The Python that `node packages/testing/bin/python-oracle.mjs` makes. */
const home = process.env.CONTINUUM_PYTHON ?? join(import.meta.dirname, '../../../.continuum/python');
export const python = join(home, 'bin/python');
export const hasPython = existsSync(python);
export const howToGetPython = 'node packages/testing/bin/python-oracle.mjs';
