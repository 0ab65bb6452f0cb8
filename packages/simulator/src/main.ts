import { parseArgs } from 'node:util';
import { startChild } from './child.ts';
import { catchMutants } from './mutant-hunt.ts';
import { coverageLines, failureLines, Summary } from './report.ts';
import { runSeed } from './run.ts';

/** Seeds of one order to a worker. */
const CHUNK = 50;

const { values: options } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '0' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    workers: { type: 'string', default: '2' },
    mutants: { type: 'boolean', default: false },
    mutant: { type: 'string' },
  },
});

/** One seed, twice: the second run has to do the same. */
async function replay(seed: number, withTrace: boolean): Promise<boolean> {
  const result = await runSeed(seed, { keepTrace: withTrace });
  const { hash, failure, plan, events, virtualMs } = result;
  if (withTrace) console.log(result.trace.join('\n'));
  console.log(`faults ${JSON.stringify(plan)}`);
  console.log(`${events} events in ${(virtualMs / 1000).toFixed(1)} s of virtual time, trace ${hash}`);
  if (failure !== undefined)
    console.log(failureLines({ ...result, failure, trace: withTrace ? [] : result.trace }).join('\n'));
  const again = await runSeed(seed);
  console.log(again.hash === hash ? 'a second run did the same' : `a second run did otherwise: trace ${again.hash}`);
  return failure === undefined && again.hash === hash;
}

async function runMany(from: number, count: number, workers: number): Promise<boolean> {
  const began = performance.now();
  const summary = new Summary();
  let next = from;
  const progress = (): string => {
    const seconds = (performance.now() - began) / 1000;
    const { seeds, events, virtualMs } = summary;
    const rate = `${(seeds / seconds).toFixed(0)} seeds/s, ${(virtualMs / 3_600_000).toFixed(0)} h of virtual time`;
    return `${seeds} of ${count} seeds in ${seconds.toFixed(0)} s, ${rate}, ${events} events`;
  };
  const timer = setInterval(() => console.log(progress()), 10_000);
  const serve = async (): Promise<void> => {
    const child = startChild();
    while (next < from + count && summary.failures.length === 0) {
      const order = { from: next, count: Math.min(CHUNK, from + count - next), replayEvery: 25 };
      next += order.count;
      summary.add(await child.run(order));
    }
    child.stop();
  };
  await Promise.all(Array.from({ length: workers }, serve));
  clearInterval(timer);
  console.log(coverageLines(summary).join('\n'));
  const [first] = summary.failures.sort((a, b) => a.seed - b.seed);
  if (first !== undefined) console.log(failureLines(first).join('\n'));
  console.log(`${progress()}, ${summary.failures.length} failed`);
  return summary.failures.length === 0;
}

async function main(): Promise<boolean> {
  const workers = Number(options.workers);
  if (options.seed !== undefined) return replay(Number(options.seed), options.trace);
  if (options.mutants || options.mutant !== undefined) return catchMutants(options.mutant, workers);
  return runMany(Number(options.from), Number(options.seeds), workers);
}

process.exitCode = (await main()) ? 0 : 1;
