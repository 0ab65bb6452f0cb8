import { setTimeout as wait } from 'node:timers/promises';
import { toContinuumError } from '@continuum/contract/errors';
import type { CodeHost } from '@continuum/contract/ports/code-host';
import { type Leading, leading } from '@continuum/host/leader';
import type { PersonaRuntime } from '../runtime.ts';
import { openPullRequests } from './open.ts';
import { hearVoices } from './voices.ts';

/** GitHub sends no event for reactions: they are asked for so often. */
const PAUSE_MS = 5 * 60_000;

/** Asks for reactions and closed threads of all open pull requests every few minutes; one process does it for all. */
export function askForVoices(runtime: PersonaRuntime, codeHost: CodeHost): Leading {
  return leading(runtime, 'voices', async (signal) => {
    while (!signal.aborted) {
      const pause = await askAll(runtime, codeHost, signal);
      await wait(pause, undefined, { signal }).catch(() => undefined);
    }
  });
}

/** One round; answers with the time until the next, in ms. A host that is away is left alone until then. */
export async function askAll(runtime: PersonaRuntime, codeHost: CodeHost, signal: AbortSignal): Promise<number> {
  for (const ref of await openPullRequests(runtime)) {
    if (signal.aborted) return 0;
    try {
      await hearVoices(runtime, codeHost, ref);
    } catch (thrown) {
      const error = toContinuumError(thrown);
      runtime.log.warn({ ...ref, code: error.code }, `reactions could not be asked for: ${error.message}`);
      if (error.retryable) return Math.max(PAUSE_MS, error.retryAfterMs ?? 0);
    }
  }
  return PAUSE_MS;
}
