import { ContinuumError } from '@continuum/contract/errors';
import type { Settings } from '@continuum/host/settings';
import type { DaemonKind } from './kinds.ts';
import { type RunningProcess, startProcess } from './process.ts';
import { welcome, welcomeDaemon } from './welcome.ts';

/** A process that is ready, and what a person who started it should read. */
export interface Started {
  readonly process: RunningProcess;
  readonly welcome: string;
}

/** All daemons in one process. `root` holds `recipes/` and `scopes/`. Resolves when the system is ready. */
export async function startContinuum(settings: Settings, root: string): Promise<Started> {
  const started = performance.now();
  const running = await startProcess('continuum', settings, root);
  return { process: running, welcome: welcome(settings, running.url, performance.now() - started) };
}

/** One kind of daemon in a process of its own. Throws CONFIG_INVALID when there is nothing that it could share with the others. */
export async function startDaemon(kind: DaemonKind, settings: Settings, root: string): Promise<Started> {
  const started = performance.now();
  assertShared(kind, settings);
  const running = await startProcess(kind, settings, root);
  return { process: running, welcome: welcomeDaemon(kind, settings, running.url, performance.now() - started) };
}

function assertShared(kind: DaemonKind, { databaseUrl, nats }: Settings): void {
  const missing = [...(nats === undefined ? ['NATS_URL'] : []), ...(databaseUrl === undefined ? ['DATABASE_URL'] : [])];
  if (missing.length === 0) return;
  throw new ContinuumError(
    'CONFIG_INVALID',
    `continuum daemon ${kind} shares events over NATS and data in PostgreSQL with the other daemons, and ${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not set`,
    {
      next: 'Set NATS_URL (nats://host:4222) and DATABASE_URL (postgres://user:password@host:5432/database), the same for all daemons; or run all of them in one process with continuum start, which needs neither.',
    },
  );
}
