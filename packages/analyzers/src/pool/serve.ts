import { parentPort } from 'node:worker_threads';
import type { Analyzer } from '@continuum/contract/ports/analyzer';
import { forbidEffects } from './confine.ts';
import type { TaskMessage, WorkerMessage } from './messages.ts';

/** Answers the tasks of the main thread with these analyzers; from here on this thread can neither write, start programs nor reach the network. */
export function serve(analyzers: readonly Analyzer[]): void {
  const byId = new Map(analyzers.map((analyzer) => [analyzer.id, analyzer]));
  const port = parentPort;
  if (port === null) throw new Error('serve() belongs into a worker thread');
  const say = (message: WorkerMessage): void => port.postMessage(message);
  port.on('message', (task: TaskMessage) => void perform(byId.get(task.analyzer), task).then(say));
  forbidEffects();
  say({ kind: 'ready' });
}

async function perform(
  analyzer: Analyzer | undefined,
  { id, analyzer: name, change }: TaskMessage,
): Promise<WorkerMessage> {
  if (analyzer === undefined) return { kind: 'failed', id, error: `there is no analyzer "${name}"` };
  try {
    return { kind: 'done', id, result: await analyzer.analyze(change) };
  } catch (error) {
    return { kind: 'failed', id, error: error instanceof Error ? error.message : String(error) };
  }
}
