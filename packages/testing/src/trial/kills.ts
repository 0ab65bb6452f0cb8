import { setTimeout as sleep } from 'node:timers/promises';
import type { Deployment } from '../deployment.ts';
import type { LaunchedKind } from '../system.ts';

/** What systemd waits before it starts a process again, in ms. */
const RESTART_MS = 2_000;

export interface Kill {
  readonly name: string;
  /** Pull requests opened when it was killed. */
  readonly after: number;
  /** From the kill until it was ready again, in ms. */
  readonly backAfterMs: number;
}

/**
 * Kills one process of each kind with -9, one after the other while the load goes on, and starts it again under its name.
 * `progress` is in [0, 1].
 */
export async function killOneOfEach(
  deployment: Deployment,
  kinds: readonly LaunchedKind[],
  progress: () => { readonly share: number; readonly opened: number },
): Promise<Kill[]> {
  const kills: Kill[] = [];
  for (const [index, kind] of kinds.entries()) {
    while (progress().share < (index + 1) / (kinds.length + 1)) await sleep(50);
    const name = `${kind}-1`;
    const after = progress().opened;
    const killedAt = performance.now();
    await deployment.running().get(name)?.kill();
    await sleep(RESTART_MS);
    await deployment.launch(kind, name);
    kills.push({ name, after, backAfterMs: Math.round(performance.now() - killedAt) });
  }
  return kills;
}
