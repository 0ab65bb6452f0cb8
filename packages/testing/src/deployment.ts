import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LaunchedKind, type LaunchedSystem, launchDaemon } from './system.ts';

/** Many processes of one system on this machine: one NATS, one database, one genome, a home for each. */
export interface Deployment {
  readonly folder: string;
  /** What every process gets. */
  readonly environment: Readonly<Record<string, string>>;
  /** Starts a daemon under a name; the same name again finds the same home, as after a crash. */
  launch(kind: LaunchedKind, name: string, extra?: Readonly<Record<string, string>>): Promise<LaunchedSystem>;
  /** Everybody who was launched and still runs, by name. */
  running(): ReadonlyMap<string, LaunchedSystem>;
  /** What everybody wrote to standard error, by name. */
  logs(): ReadonlyMap<string, string>;
  /** Ends all that still run, and removes their files. */
  stop(): Promise<void>;
}

/** A place for the daemons of one system; the environment brings NATS_URL and DATABASE_URL. */
export async function createDeployment(environment: Readonly<Record<string, string>>): Promise<Deployment> {
  const folder = await mkdtemp(join(tmpdir(), 'continuum-processes-'));
  const shared = { ...environment, CONTINUUM_GENOME: join(folder, 'genome') };
  const launched = new Map<string, LaunchedSystem>();
  const earlier = new Map<string, string>();
  const running = (): ReadonlyMap<string, LaunchedSystem> =>
    new Map([...launched].filter(([, process]) => process.running()));
  return {
    folder,
    environment: shared,
    running,
    async launch(kind, name, extra = {}) {
      const before = launched.get(name);
      if (before !== undefined) earlier.set(name, `${earlier.get(name) ?? ''}${before.log()}`);
      const own = { CONTINUUM_INSTANCE: name, ...shared, ...extra };
      const process = await launchDaemon(kind, join(folder, name), own);
      launched.set(name, process);
      return process;
    },
    logs: () => new Map([...launched].map(([name, process]) => [name, `${earlier.get(name) ?? ''}${process.log()}`])),
    async stop() {
      await Promise.all([...running().values()].map((process) => process.stop()));
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
