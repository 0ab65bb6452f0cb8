import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';

const LOG_LINES = 200;

export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Runs as this user; only root may ask for it. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

/** A server that a test started and may stop or kill. */
export interface ServerProcess {
  readonly pid: number;
  readonly running: boolean;
  /** The last lines that it wrote. */
  log(): string;
  /** Sends a signal and resolves when the process is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
  /** `kill -9` of the process and of all that it started, so that nobody can tidy up. */
  killTree(): Promise<void>;
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

/** Process ids of the direct children; none where there is no `/proc`. */
function childrenOf(pid: number): number[] {
  try {
    return readdirSync('/proc')
      .map(Number)
      .filter((each) => Number.isInteger(each) && parentOf(each) === pid);
  } catch {
    return [];
  }
}

function signalQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended in the meantime.
  }
}

function collectLog(child: ChildProcess): () => string {
  let lines: string[] = [];
  const keep = (chunk: Buffer) => {
    lines = [...lines, ...chunk.toString('utf8').split('\n').filter(Boolean)].slice(-LOG_LINES);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => lines.join('\n');
}

/** Starts a server. It dies with the process that started it. */
export function startProcess(command: ServerCommand): ServerProcess {
  const child = spawn(command.program, command.args, {
    cwd: command.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...command.user,
  });
  const log = collectLog(child);
  const exited = once(child, 'exit');
  exited.catch(() => {});
  const dieTogether = () => child.kill('SIGKILL');
  process.once('exit', dieTogether);
  child.once('exit', () => process.off('exit', dieTogether));
  const running = () => child.exitCode === null && child.signalCode === null;
  const pid = child.pid ?? 0;
  return {
    pid,
    get running() {
      return running();
    },
    log,
    async end(signal) {
      if (running()) child.kill(signal);
      await exited;
    },
    async killTree() {
      if (!running()) return;
      // Stopped first: a server must not start another child while we read the list.
      child.kill('SIGSTOP');
      for (const each of childrenOf(pid)) signalQuietly(each, 'SIGKILL');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Asks until the server answers. Throws with its output when it ends before, or after `withinMs`. */
export async function waitUntilUp(
  server: ServerProcess,
  answers: () => Promise<boolean>,
  withinMs: number,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await answers())) {
    if (!server.running) throw new Error(`the server ended before it answered:\n${server.log()}`);
    if (performance.now() > deadline) throw new Error(`the server did not answer in ${withinMs} ms:\n${server.log()}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
