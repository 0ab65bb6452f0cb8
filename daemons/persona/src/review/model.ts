import type { ChangeSet } from '@continuum/contract/change-set';
import type { CandidateFinding } from '@continuum/contract/finding';
import type { PersonaDefinition } from '@continuum/contract/persona';
import type { Runtime } from '@continuum/host/runtime';
export async function askModel(_r: Runtime, _c: ChangeSet, _p: readonly PersonaDefinition[], _s?: AbortSignal): Promise<CandidateFinding[]> { return []; }
