import { execFile, execFileSync } from 'node:child_process';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, requireProgram } from './program.ts';
import { type ServerProcess, startProcess, waitUntilUp } from './server-process.ts';

const run = promisify(execFile);
const PACKAGE = 'postgresql';
const UP_MS = 30_000;
/** `fast` rolls back what is open, `immediate` leaves without a checkpoint. */
const SHUTDOWN = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

export type PostgresShutdown = keyof typeof SHUTDOWN;

/** A PostgreSQL of our own, with fsync, that a test may stop and kill. */
export interface PostgresServer {
  readonly port: number;
  /** Of the database `postgres`, without a password: `trust` on loopback. */
  readonly url: string;
  /** Makes an empty database and returns its url. */
  createDatabase(name: string): Promise<string>;
  /** Stops and starts again on the same port. */
  restart(mode: PostgresShutdown): Promise<void>;
  /** `kill -9` of the postmaster and its backends: the next start recovers from the log. */
  kill(): Promise<void>;
  /** Starts again after `kill` or `shutdown`, and resolves when it takes connections. */
  start(): Promise<void>;
  shutdown(mode: PostgresShutdown): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** Server settings, like `{ max_connections: '20' }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root, so root runs it as the user that Debian's package makes. */
function serverUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function initialise(): Promise<{ readonly folder: string; readonly user: User | undefined }> {
  const initdb = requireProgram('initdb', PACKAGE);
  const user = serverUser();
  const folder = await mkdtemp(join(tmpdir(), 'continuum-postgres-'));
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  const options = ['-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--no-locale', '--no-sync'];
  await run(initdb, ['-D', join(folder, 'data'), ...options], { cwd: '/', ...user });
  return { folder, user };
}

/** Starts a PostgreSQL on a free port. Throws, naming the Debian package, when it is not installed. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const { folder, user } = await initialise();
  const port = await freePort();
  const at = ['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres'];
  const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: folder, fsync: 'on', ...options.settings };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const launch = (): ServerProcess =>
    startProcess({
      program: requireProgram('postgres', PACKAGE),
      args: ['-D', join(folder, 'data'), '-p', String(port), ...args],
      cwd: '/',
      ...(user === undefined ? {} : { user }),
    });
  const answers = () =>
    run(requireProgram('pg_isready', PACKAGE), ['-q', ...at]).then(
      () => true,
      () => false,
    );
  let server = launch();
  await waitUntilUp(server, answers, UP_MS);

  const start = async () => {
    if (server.running) return;
    server = launch();
    await waitUntilUp(server, answers, UP_MS);
  };
  const shutdown = (mode: PostgresShutdown) => server.end(SHUTDOWN[mode]);
  const urlOf = (database: string) => `postgres://postgres@127.0.0.1:${port}/${database}`;
  return {
    port,
    url: urlOf('postgres'),
    start,
    shutdown,
    createDatabase: async (name) => {
      await run(requireProgram('createdb', PACKAGE), [...at, name]);
      return urlOf(name);
    },
    restart: async (mode) => {
      await shutdown(mode);
      await start();
    },
    kill: () => server.killTree(),
    stop: async () => {
      await shutdown('immediate');
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
