import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { ContinuumError } from '@continuum/contract/errors';
import { TrainingProgress } from '@continuum/contract/training-job';

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly graceMs: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: TrainingProgress) => void;
}

/** How a program ended, with the last it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly last: TrainingProgress | undefined;
  /** The last loss it told of. */
  readonly loss: number | undefined;
  /** The last lines of its standard error. */
  readonly stderr: string;
}

const KEPT_LINES = 20;
const KEPT_CHARACTERS = 2_000;
/** What a trainer needs of the environment: no keys and no settings of ours. */
const PASSED_ON =
  /^(PATH|HOME|TMPDIR|LANG|LC_\w+|CUDA_\w+|LD_LIBRARY_PATH|SYSTEMROOT|PYTHON(?:PATH|DONTWRITEBYTECODE))$/;

/**
 * Runs a program without a shell until it ends; the signal ends it with SIGTERM, then SIGKILL. Throws TRAINING_FAILED when
 * it cannot be started.
 */
export async function runProgram(program: Program): Promise<Ended> {
  const child = spawn(program.command, program.args, {
    cwd: program.folder,
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED_ON.test(name))),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const disarm = endOnAbort(child, program);
  try {
    const [events, stderr, [code, signal]] = await Promise.all([
      readEvents(child.stdout, program.onProgress),
      readTail(child.stderr),
      once(child, 'close'),
    ]);
    return { code, signal, ...events, stderr };
  } catch (cause) {
    child.kill('SIGKILL');
    throw new ContinuumError('TRAINING_FAILED', `${program.command} cannot be run: ${reason(cause)}`, {
      next: 'Name the Python of an environment that has continuum_trainer (packages/trainers/python/README.md).',
      cause,
    });
  } finally {
    disarm();
  }
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Ends the child by its own process id, never by name. */
function endOnAbort(child: ChildProcess, { signal, graceMs }: Program): () => void {
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    child.kill('SIGTERM');
    timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  };
}

/** Lines that are no events are passed over: a library may print whatever it likes. */
async function readEvents(
  stdout: Readable,
  onProgress: Program['onProgress'],
): Promise<{ last: TrainingProgress | undefined; loss: number | undefined }> {
  let last: TrainingProgress | undefined;
  let loss: number | undefined;
  for await (const line of createInterface({ input: stdout })) {
    const progress = parseProgress(line);
    if (progress === undefined) continue;
    last = progress;
    loss = progress.loss ?? loss;
    onProgress(progress);
  }
  return { last, loss };
}

function parseProgress(line: string): TrainingProgress | undefined {
  try {
    return TrainingProgress.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

async function readTail(stderr: Readable): Promise<string> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: stderr })) {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
  }
  return lines.join('\n').slice(-KEPT_CHARACTERS);
}
