import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createEngine, type Engine } from '@continuum/transformer/engine';
import { toGgufModel } from '@continuum/transformer/format/gguf';
import { readBaseModel } from '@continuum/transformer/format/weights';
import { median, type Timed, timed } from '../timed.ts';
import { type Peer, startPeer } from './peer.ts';

const SHIPPED = join(import.meta.dirname, '../../../transformer/base');
const LLAMA = join(import.meta.dirname, '../../../../.continuum/llama');
/** Prompts of one turn, 60 to 150 tokens. */
const PROMPTS = 64;
const GENERATED = 64;

/**
 * `bench inference`: prompt tokens/s of scoring two answers, and tokens/s of greedy generation, of the engine and of
 * node-llama-cpp on the same weights (through our GGUF), one thread each, in turns within one run.
 */
export async function runInference(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      base: { type: 'string', default: SHIPPED },
      llama: { type: 'string', default: process.env.CONTINUUM_LLAMA ?? LLAMA },
      rounds: { type: 'string', default: '7' },
    },
  });
  const [configJson, safetensors, tokenizer] = await Promise.all([
    readFile(join(values.base, 'config.json'), 'utf8'),
    readFile(join(values.base, 'model.safetensors')),
    readFile(join(values.base, 'tokenizer.json'), 'utf8'),
  ]);
  const weights = readBaseModel({ configJson, safetensors });
  const folder = await mkdtemp(join(tmpdir(), 'bench-inference-'));
  const gguf = join(folder, 'base.gguf');
  await writeFile(gguf, toGgufModel(weights, JSON.parse(tokenizer)));
  const peer = await startPeer(values.llama, gguf, weights.config.maxPositions);
  const engine = createEngine(weights);
  const prompts = Array.from({ length: PROMPTS }, (_, i) =>
    Array.from(
      { length: 60 + ((37 * i) % 91) },
      (__, at) => 1 + ((7 + 31 * i + 17 * at) % (weights.config.vocabSize - 1)),
    ),
  );
  try {
    for (const [task, work] of Object.entries(tasks(engine, peer, prompts))) {
      console.log(
        JSON.stringify({ bench: 'inference', task, threads: 1, ...(await compare(work, Number(values.rounds))) }),
      );
    }
  } finally {
    await peer.close();
    await rm(folder, { recursive: true });
  }
}

interface Work {
  ours(): number;
  theirs(): Promise<number>;
}

function tasks(engine: Engine, peer: Peer, prompts: readonly number[][]): Record<'score' | 'generate', Work> {
  const answers = [300, 301];
  const total = prompts.reduce((sum, { length }) => sum + length, 0);
  const [first = [1]] = prompts;
  return {
    score: {
      ours: () => {
        engine.score(prompts.map((prompt) => ({ prompt, completions: answers.map((token) => [token]), adapters: [] })));
        return total;
      },
      theirs: async () => {
        for (const prompt of prompts) await peer.score(prompt, answers);
        return total;
      },
    },
    generate: {
      ours: () => engine.generate(first, [], { maxTokens: GENERATED }).length,
      theirs: () => peer.generate(first, GENERATED),
    },
  };
}

async function compare(work: Work, rounds: number) {
  await timed(() => work.ours());
  await timed(() => work.theirs());
  const runs: { ours: Timed; peer: Timed }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    runs.push({ ours: await timed(() => work.ours()), peer: await timed(() => work.theirs()) });
  }
  const rate = (run: Timed): number => run.tokens / run.cpu;
  return {
    rounds,
    tokensPerCpuSecond: Math.round(median(runs.map(({ ours }) => rate(ours)))),
    peerTokensPerCpuSecond: Math.round(median(runs.map(({ peer }) => rate(peer)))),
    ratio: Number(median(runs.map(({ ours, peer }) => rate(ours) / rate(peer))).toFixed(2)),
    tokensPerSecond: Math.round(median(runs.map(({ ours }) => ours.tokens / ours.wall))),
    peerTokensPerSecond: Math.round(median(runs.map(({ peer }) => peer.tokens / peer.wall))),
  };
}
