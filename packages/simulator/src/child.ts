import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Findings, Order } from './worker.ts';

const CHILD = fileURLToPath(new URL('./child-main.ts', import.meta.url));
const HOOK = new URL('./mutate.ts', import.meta.url).href;

/** A process that runs orders, with our code as it is or with one mutant in it. */
export interface Child {
  run(order: Order): Promise<Findings>;
  stop(): void;
}

/** Starts a process that runs seeds. `mutant` is the name of the one that is put into our code while it is loaded. */
export function startChild(mutant?: string): Child {
  const execArgv = mutant === undefined ? [] : ['--import', HOOK];
  const env = { ...process.env, ...(mutant === undefined ? {} : { SIMULATOR_MUTANT: mutant }) };
  const child = fork(CHILD, { execArgv, env, serialization: 'advanced' });
  return {
    run: (order) =>
      new Promise((resolve, reject) => {
        const ended = (code: number | null): void => reject(new Error(`a worker ended early with ${code}`));
        child.once('exit', ended);
        child.once('message', (findings: Findings) => {
          child.off('exit', ended);
          resolve(findings);
        });
        child.send(order);
      }),
    stop: () => void child.kill(),
  };
}
