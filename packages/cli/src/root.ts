import { join } from 'node:path';

/** The folder of this repository: where `recipes/` and `scopes/` live. */
export const root = join(import.meta.dirname, '..', '..', '..');
