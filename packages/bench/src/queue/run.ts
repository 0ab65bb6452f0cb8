import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgres } from '@continuum/testing/servers/postgres';
import { startRedis } from '@continuum/testing/servers/redis';
import { median } from '../timed.ts';
import { type Contender, enqueueRate } from './contender.ts';
import { startBus, startJournal } from './ours.ts';
import { installPeers, startBullMq, startGraphile, startPgBoss } from './peers.ts';

const HOME = join(import.meta.dirname, '../../../../.continuum/peers');
const IN_FLIGHT = 32;
const CONCURRENCY = 10;
/** Of the jobs of a turn with many in flight, the share put in line one at a time. */
const ALONE = 8;

/**
 * `queue [--jobs N] [--rounds N] [--peers folder]`: durable enqueue, one job a call, at 32 and at 1 in flight, and jobs done
 * by a handler that does nothing at concurrency 10; ours, graphile-worker and pg-boss on one PostgreSQL with fsync, BullMQ on
 * a Redis that syncs every write, in turns within one run.
 */
export async function runQueue(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      jobs: { type: 'string', default: '3000' },
      rounds: { type: 'string', default: '5' },
      peers: { type: 'string', default: process.env.CONTINUUM_PEERS ?? HOME },
    },
  });
  installPeers(values.peers);
  const folder = await mkdtemp(join(tmpdir(), 'bench-queue-'));
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const contenders: Contender[] = [];
  try {
    contenders.push(
      await startBus('bus.emit (PostgreSQL)', { url: await postgres.createDatabase('ours') }),
      await startGraphile(values.peers, await postgres.createDatabase('graphile')),
      await startJournal('journal.append', join(folder, 'journal')),
      await startPgBoss(values.peers, await postgres.createDatabase('pgboss')),
      await startBus('bus.emit (PGlite)', { folder: join(folder, 'store') }),
      await startBullMq(values.peers, redis.port),
    );
    const rates = await measure(contenders, Number(values.jobs), Number(values.rounds));
    const load = loadavg().map((each) => Number(each.toFixed(1)));
    console.log(JSON.stringify({ bench: 'queue', jobs: Number(values.jobs), load, ...summary(rates) }));
  } finally {
    await Promise.allSettled(contenders.map((contender) => contender.close()));
    await Promise.all([postgres.stop(), redis.stop()]);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Jobs per second of one turn. */
interface Turn {
  readonly enqueue32: number;
  readonly enqueue1: number;
  readonly consume10: number | undefined;
}
type Rates = ReadonlyMap<string, readonly Turn[]>;

async function measure(contenders: readonly Contender[], jobs: number, rounds: number): Promise<Rates> {
  const rates = new Map<string, Turn[]>(contenders.map(({ name }) => [name, []]));
  for (const contender of contenders) await turnOf(contender, Math.ceil(jobs / 4));
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of contenders) {
      const turn = await turnOf(contender, jobs);
      rates.get(contender.name)?.push(turn);
      const shown = [turn.enqueue32, turn.enqueue1, turn.consume10].map((rate) => rate?.toFixed(0) ?? '-').join(' | ');
      console.error(`round ${round + 1} ${contender.name}: ${shown} jobs/s`);
    }
  }
  return rates;
}

async function turnOf(contender: Contender, jobs: number): Promise<Turn> {
  const alone = Math.ceil(jobs / ALONE);
  const enqueue32 = await enqueueRate(contender, jobs, IN_FLIGHT);
  const enqueue1 = await enqueueRate(contender, alone, 1);
  const start = performance.now();
  await contender.consume?.(jobs + alone, CONCURRENCY);
  const consume10 = contender.consume && (1000 * (jobs + alone)) / (performance.now() - start);
  return { enqueue32, enqueue1, consume10 };
}

/** Medians of each, and medians of the ratios within a round to every peer. */
function summary(rates: Rates) {
  const kinds = ['enqueue32', 'enqueue1', 'consume10'] as const;
  const ours = [...rates.keys()].filter((name) => /^(bus|journal)/.test(name));
  const peers = [...rates.keys()].filter((name) => !ours.includes(name));
  const of = (name: string, kind: keyof Turn) => (rates.get(name) ?? []).map((turn) => turn[kind] ?? Number.NaN);
  const ratio = (own: string, peer: string, kind: keyof Turn) => {
    const theirs = of(peer, kind);
    return Number(median(of(own, kind).map((rate, round) => rate / (theirs[round] ?? Number.NaN))).toFixed(2));
  };
  const table = (cell: (name: string, kind: keyof Turn) => number) => (name: string) =>
    [name, Object.fromEntries(kinds.map((kind) => [kind, cell(name, kind)]))] as const;
  const best = Math.max(...ours.map((own) => ratio(own, 'graphile-worker', 'enqueue32')));
  return {
    ratio_vs_graphile_enqueue32: best,
    best: ours.find((own) => ratio(own, 'graphile-worker', 'enqueue32') === best),
    jobsPerSecond: Object.fromEntries(
      [...ours, ...peers].map(table((name, kind) => Math.round(median(of(name, kind))))),
    ),
    ratios: Object.fromEntries(
      ours.map((own) => [
        own,
        Object.fromEntries(peers.map((peer) => table((_, kind) => ratio(own, peer, kind))(peer))),
      ]),
    ),
  };
}
