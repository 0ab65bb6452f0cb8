import type { PersonaRuntime } from '../runtime.ts';

/** All that people and places take. */
export type PeopleRuntime = Pick<PersonaRuntime, 'store' | 'now'>;
