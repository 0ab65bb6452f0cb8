import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { TrainingOptions } from '@continuum/contract/training-job';
import { readBaseModel } from '@continuum/transformer/format/weights';
import { createTraining } from '@continuum/transformer/training';
import type { TokenizedItem } from '@continuum/transformer/training/items';
import { median, type Timed, timed } from '../timed.ts';
import { startPeer } from './peer.ts';

const SHIPPED = fileURLToPath(new URL('../base', import.meta.resolve('@continuum/transformer/training')));

/**
 * `bench training`: tokens/s of the embedded trainer against PEFT + torch on one thread, same weights, rank, data and
 * batch, in turns within one run. Both count the tokens of every distinct sequence. Processor seconds decide, so that what
 * else runs on the machine does not.
 */
export async function runTraining(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      base: { type: 'string', default: SHIPPED },
      python: { type: 'string', default: 'python3' },
      rounds: { type: 'string', default: '5' },
      steps: { type: 'string', default: '3' },
      rank: { type: 'string', default: '8' },
      batch: { type: 'string', default: '16' },
    },
  });
  const [rounds, steps, rank, batch] = [values.rounds, values.steps, values.rank, values.batch].map(Number);
  const shape = { rounds: rounds ?? 5, steps: steps ?? 3, rank: rank ?? 8, batch: batch ?? 16 };
  for (const task of ['sft', 'dual'] as const) {
    console.log(JSON.stringify(await compare(task, values.base, values.python, shape)));
  }
}

interface Shape {
  readonly rounds: number;
  readonly steps: number;
  readonly rank: number;
  readonly batch: number;
}

async function compare(task: 'sft' | 'dual', base: string, python: string, shape: Shape) {
  const [configJson, safetensors] = await Promise.all([
    readFile(join(base, 'config.json'), 'utf8'),
    readFile(join(base, 'model.safetensors')),
  ]);
  const weights = readBaseModel({ configJson, safetensors });
  const items = itemsOf(task, 4 * shape.batch, weights.config.vocabSize);
  const { rank, batch } = shape;
  const options = TrainingOptions.parse({ rank, alpha: 2 * rank, batch, epochs: 100 });
  const training = createTraining(weights, items, options);
  const ours = (count: number): Promise<Timed> =>
    timed(() => Array.from({ length: count }, () => training.step().tokens).reduce((sum, tokens) => sum + tokens, 0));
  const peer = await startPeer(python, { base, task, rank, batch, items, threads: 1 });
  try {
    // One epoch each to warm up; ours also computes its reference in it, as the peer did before.
    await ours(4);
    await peer.steps(0, 4);
    const runs: { ours: Timed; peer: Timed }[] = [];
    for (let round = 0; round < shape.rounds; round += 1) {
      runs.push({ ours: await ours(shape.steps), peer: await peer.steps(round * shape.steps, shape.steps) });
    }
    return { bench: 'training', task, threads: 1, ...shape, ...peer.about, ...summary(runs) };
  } finally {
    peer.close();
  }
}

function summary(runs: readonly { ours: Timed; peer: Timed }[]) {
  const rate = (run: Timed): number => run.tokens / run.cpu;
  return {
    tokensPerCpuSecond: Math.round(median(runs.map(({ ours }) => rate(ours)))),
    peerTokensPerCpuSecond: Math.round(median(runs.map(({ peer }) => rate(peer)))),
    ratio: Number(median(runs.map(({ ours, peer }) => rate(ours) / rate(peer))).toFixed(2)),
    tokensPerSecond: Math.round(median(runs.map(({ ours }) => ours.tokens / ours.wall))),
    peerTokensPerSecond: Math.round(median(runs.map(({ peer }) => peer.tokens / peer.wall))),
  };
}

/** Prompts of 60 to 150 tokens with answers of one token, from a fixed rule. */
function itemsOf(task: 'sft' | 'dual', count: number, vocabSize: number): TokenizedItem[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `item-${i}`,
    prompt: Array.from({ length: 60 + ((37 * i) % 91) }, (__, at) => (7 + 31 * i + 17 * at) % vocabSize),
    chosen: [i % 2 === 0 ? 300 : 301],
    ...(task === 'sft' ? {} : { rejected: [i % 2 === 0 ? 301 : 300] }),
    weight: 1,
    safety: false,
    teachesSkip: false,
  }));
}
