import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ContinuumError } from '@continuum/contract/errors';
import type { LayerId } from '@continuum/contract/layer';
import type { LayerStore } from '@continuum/contract/ports/layer-store';
import { type Base, readBase } from '@continuum/hosts/base';
import { concurrently } from '@continuum/hosts/concurrently';
import { createEmbeddedHost } from '@continuum/hosts/embedded';
import { createPager, type Pager } from '@continuum/hosts/pager';
import { openLayerStore } from '@continuum/layer-store/layer-store';
import { mulberry32 } from '../advisories/rows.ts';
import { coldMisses } from './cold.ts';
import { zipf } from './random.ts';
import { type Decision, hitOverheads, secondsFor, TimedHost } from './throughput.ts';
import { putRandomLayer } from './world.ts';

const SHIPPED_BASE = join(import.meta.dirname, '../../../transformer/base');
const LAYERS = 2000;
const RANK = 8;
/** Share of all layers' bytes that may be resident. */
const RESIDENT = 0.05;
const EXPONENT = 1;
/** Scopes right below the root. */
const MIDDLE = 40;
/** Short turns, many of them: what else the machine does then falls on both. */
const DECISIONS = 160;
const ROUNDS = 24;
const WARM_UP = 2000;
const HITS = 2000;
const PROMPT_TOKENS = 100;
const WORDS = ['secret', 'config', 'token', 'review', 'auth', 'input', 'query', 'path', 'value', 'check'];
const COLD_BYTES = 64 * 2 ** 20;
const COLD_ROUNDS = 32;

const nothing = (): void => undefined;

/**
 * `paging [--base folder] [--layers N] [--rounds N]`: what paging costs. The same Zipf decisions run in turns over a pager
 * with 5 % of the layers resident and one with all; then hits alone, and cold misses of 64 MB beside reading and hashing.
 * @throws ContinuumError INVALID_INPUT for an unknown option or value.
 */
export async function runPaging(args: string[]): Promise<void> {
  const { baseFolder, layers, rounds } = optionsOf(args);
  const base = await readBase(baseFolder);
  const folder = await mkdtemp(join(tmpdir(), 'bench-paging-'));
  try {
    const log = { info: nothing, warn: console.warn };
    const store = await openLayerStore({ folder: join(folder, 'layers'), keyFolder: join(folder, 'key'), log });
    const world = { base, baseFolder, folder, store };
    const load = await measureLoad(world, layers, rounds);
    const cold = await measureCold(world);
    const shape = `${base.config.hiddenSize}x${base.config.layers}`;
    const summary = { bench: 'paging', base: shape, layers, resident: RESIDENT, zipf: EXPONENT, ...load, ...cold };
    console.log(JSON.stringify(summary));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface World {
  readonly base: Base;
  readonly baseFolder: string;
  readonly folder: string;
  readonly store: LayerStore;
}

function optionsOf(args: string[]): { baseFolder: string; layers: number; rounds: number } {
  const options = { base: { type: 'string' }, layers: { type: 'string' }, rounds: { type: 'string' } } as const;
  const { values } = parseArgs({ args, options });
  const layers = Number(values.layers ?? LAYERS);
  const rounds = Number(values.rounds ?? ROUNDS);
  if (!Number.isInteger(layers) || layers < 2 * MIDDLE || !Number.isInteger(rounds) || rounds < 1) {
    throw new ContinuumError('INVALID_INPUT', `--layers is a whole number from ${2 * MIDDLE}, --rounds one from 1.`);
  }
  return { baseFolder: values.base ?? SHIPPED_BASE, layers, rounds };
}

async function measureLoad(world: World, count: number, rounds: number) {
  const { base, baseFolder, folder, store } = world;
  const seeds = Array.from({ length: count }, (_, index) => index + 1);
  const manifests = await concurrently(seeds, 8, (seed) => putRandomLayer(store, base, RANK, seed, folder));
  const ids = manifests.map(({ id }) => id);
  const bytes = manifests.reduce((sum, manifest) => sum + manifest.bytes, 0);
  console.log(`${count} layers of rank ${RANK}, ${Math.round(bytes / count / 1000)} kB each`);
  const decide = decisionsOver(base, ids);
  const timed = new TimedHost(await createEmbeddedHost({ baseFolder }));
  const paged = createPager({ host: timed, layers: store, budgetBytes: Math.floor(RESIDENT * bytes) });
  const all = createPager({ host: await createEmbeddedHost({ baseFolder }), layers: store, budgetBytes: bytes });
  try {
    // All resident from the start; the other pager finds out what is popular.
    for (const id of ids) await all.hold(id, [id]);
    await secondsFor(paged, decide(WARM_UP));
    const throughput = await inTurns(paged, all, rounds, () => decide(DECISIONS));
    const [hot] = decide(1);
    const hits = hot === undefined ? [] : await hitOverheads(paged, timed, hot, HITS);
    return { ...throughput, hit_p99_ms: round(percentile(hits, 0.99), 4), hit_p50_ms: round(percentile(hits, 0.5), 4) };
  } finally {
    await Promise.all([paged.close(), all.close()]);
  }
}

/** Both pagers answer the same decisions, and who goes first changes. */
async function inTurns(paged: Pager, all: Pager, rounds: number, decide: () => Decision[]) {
  const before = paged.counters();
  const ratios: number[] = [];
  const rates = { paged: 0, all: 0 };
  for (let index = 0; index < rounds; index += 1) {
    const decisions = decide();
    const seconds = { paged: 0, all: 0 };
    const arms = [
      async () => (seconds.paged = await secondsFor(paged, decisions)),
      async () => (seconds.all = await secondsFor(all, decisions)),
    ];
    for (const arm of index % 2 === 0 ? arms : arms.toReversed()) await arm();
    ratios.push(seconds.all / seconds.paged);
    rates.paged = decisions.length / seconds.paged;
    rates.all = decisions.length / seconds.all;
    const found = `${Math.round(rates.paged)} decisions/s paged, ${Math.round(rates.all)} all resident`;
    console.log(`[${index + 1}/${rounds}] ${found}: ${round(ratios.at(-1) ?? 0, 3)}`);
  }
  const { hits, misses } = paged.counters();
  const hitShare = (hits - before.hits) / (hits - before.hits + misses - before.misses);
  return { throughput_ratio: round(percentile(ratios, 0.5), 3), hit_share: round(hitShare, 3) };
}

/**
 * Decisions in the scopes of a tree, each with the chain of layers from the root on: the root, `MIDDLE` scopes below it, and
 * the rest below those. The scope is drawn by Zipf's law, wider ones first.
 */
function decisionsOver(base: Base, ids: readonly LayerId[]): (count: number) => Decision[] {
  const random = mulberry32(7);
  const draw = zipf(ids.length, EXPONENT, random);
  const prompt = (): string => randomPrompt(base, random);
  return (count) =>
    Array.from({ length: count }, () => {
      const scope = draw();
      const chain = scope === 0 ? [0] : scope <= MIDDLE ? [0, scope] : [0, 1 + (scope % MIDDLE), scope];
      const request = { prompt: prompt(), completions: [' post', ' skip'] };
      return { request, layers: chain.flatMap((index) => ids[index] ?? []) };
    });
}

function randomPrompt({ tokenizer }: Base, random: () => number): string {
  let text = 'finding:';
  while (tokenizer.encode(text).length < PROMPT_TOKENS) text += ` ${WORDS[Math.floor(random() * WORDS.length)]}`;
  return text;
}

async function measureCold({ base, baseFolder, folder, store }: World) {
  const probe = await putRandomLayer(store, base, RANK, -1, folder);
  const rank = Math.ceil((RANK * COLD_BYTES) / probe.bytes);
  const one = await putRandomLayer(store, base, rank, -2, folder);
  const two = await putRandomLayer(store, base, rank, -3, folder);
  const host = await createEmbeddedHost({ baseFolder });
  const policy = createPager({ host, layers: store, budgetBytes: one.bytes });
  try {
    const warmUp = 4;
    const { paged, raw } = await coldMisses(policy, store, [one.id, two.id], COLD_ROUNDS + warmUp);
    const [ours, limit] = [paged.slice(warmUp), raw.slice(warmUp)];
    const p99 = { paged: percentile(ours, 0.99), raw: percentile(limit, 0.99) };
    const p50 = { paged: percentile(ours, 0.5), raw: percentile(limit, 0.5) };
    console.log(
      `cold miss of ${Math.round(one.bytes / 2 ** 20)} MiB: p50 ${round(p50.paged, 1)} ms, p99 ${round(p99.paged, 1)} ms`,
    );
    console.log(`read and hash of the same: p50 ${round(p50.raw, 1)} ms, p99 ${round(p99.raw, 1)} ms`);
    return { cold_ratio: round(p99.paged / p99.raw, 3), cold_ratio_p50: round(p50.paged / p50.raw, 3) };
  } finally {
    await policy.close();
  }
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
