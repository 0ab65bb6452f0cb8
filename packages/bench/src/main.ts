import { toContinuumError } from '@continuum/contract/errors';

/** Each benchmark loads only what it needs. */
const BENCHES: Readonly<Record<string, (args: string[]) => Promise<void>>> = {
  'base-model': async (args) => (await import('./base-model/run.ts')).runBaseModel(args),
  advisories: async (args) => (await import('./advisories/run.ts')).runAdvisories(args),
  inference: async (args) => (await import('./inference/run.ts')).runInference(args),
  training: async (args) => (await import('./training/run.ts')).runTraining(args),
  paging: async (args) => (await import('./paging/run.ts')).runPaging(args),
  backlog: async (args) => (await import('./backlog/run.ts')).runBacklog(args),
  queue: async (args) => (await import('./queue/run.ts')).runQueue(args),
  bus: async (args) => (await import('./bus/run.ts')).runBus(args),
  intake: async (args) => (await import('./intake/run.ts')).runIntake(args),
  recovery: async (args) => (await import('./recovery/run.ts')).runRecovery(args),
  'learning-curve': async (args) => (await import('./learning-curve/run.ts')).runLearningCurve(args),
};

const [name, ...args] = process.argv.slice(2);
const bench = BENCHES[name ?? ''];
if (bench === undefined) {
  console.error(`Usage: npm run bench -- <${Object.keys(BENCHES).join(' | ')}> [options]`);
  process.exitCode = 2;
} else {
  await bench(args).catch((thrown: unknown) => {
    const error = toContinuumError(thrown);
    console.error(`${error.code}: ${error.message}${error.next === undefined ? '' : ` ${error.next}`}`);
    process.exitCode = 1;
  });
}
