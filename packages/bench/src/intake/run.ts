import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { median } from '../timed.ts';
import { appendFloor } from './floor.ts';
import { pullRequestDelivery } from './payload.ts';
import type { LoadResult } from './samples.ts';
import { installPeers, type Server, startOurs, startPeer } from './servers.ts';
import { warmMemory } from './warm-memory.ts';

const PEERS = join(import.meta.dirname, '../../../../.continuum/peers');
const NAMES = ['continuum', 'probot', 'octokit', 'append'] as const;
type Name = (typeof NAMES)[number];

interface Options {
  readonly peers: string;
  readonly rounds: number;
  readonly seconds: number;
}

/**
 * `bench intake`: acknowledgements a second of signed 21 kB pull_request deliveries, each with an id of its own, and their
 * latency, at 32 and 256 connections: ours (verified, deduplicated, on disk) against Probot, the octokit middleware, and a
 * server with a write and an fdatasync for each request; in turns, each server fresh and alone. Then twice the capacity
 * measured is offered at fixed times.
 */
export async function runIntake(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      peers: { type: 'string', default: process.env.CONTINUUM_PEERS ?? PEERS },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '5' },
      only: { type: 'string' },
      profile: { type: 'string' },
    },
  });
  if (values.profile !== undefined) return profile(values.profile, Number(values.seconds));
  await installPeers(values.peers);
  const names = NAMES.filter((name) => values.only === undefined || values.only.split(',').includes(name));
  const options = { peers: values.peers, rounds: Number(values.rounds), seconds: Number(values.seconds) };
  await warmMemory();
  const c32 = await rounds(names, 32, options);
  const c256 = await rounds(names, 256, options);
  const overload = names.includes('continuum') ? await overloaded() : undefined;
  const floor = await appendFloor(pullRequestDelivery().body, 3);
  print(names, { 32: c32, 256: c256 });
  const ratio = (runs: Runs, key: keyof LoadResult): number =>
    round(median(runs.continuum.map((ours, index) => ours[key] / (runs.probot[index]?.[key] ?? Number.NaN))));
  console.log(
    JSON.stringify({
      bench: 'intake',
      rounds: options.rounds,
      bodyBytes: pullRequestDelivery().body.length,
      perSecond: { c32: rates(c32), c256: rates(c256) },
      ratio_vs_probot_c256: ratio(c256, 'perSecond'),
      ratio_vs_probot_c32: ratio(c32, 'perSecond'),
      p99_ratio_c256: ratio(c256, 'p99'),
      p99_ratio_c32: ratio(c32, 'p99'),
      append_fdatasync_per_second: Math.round(floor),
      ...overload,
    }),
  );
}

type Runs = Record<Name, LoadResult[]>;

async function rounds(names: readonly Name[], connections: number, options: Options): Promise<Runs> {
  const runs: Runs = { continuum: [], probot: [], octokit: [], append: [] };
  for (let round = 0; round < options.rounds; round += 1) {
    for (const name of names) {
      const server = await (name === 'continuum' ? startOurs() : startPeer(name, options.peers));
      const result = await load(server, { connections, seconds: options.seconds, warmup: 3 });
      await server.kill();
      console.log(
        `${name} c${connections}: ${Math.round(result.perSecond)}/s, p50 ${round1(result.p50)} ms, ` +
          `p99 ${round1(result.p99)} ms, max ${round1(result.max)} ms, errors ${result.errors}, shed ${result.shed}`,
      );
      runs[name].push(result);
    }
  }
  return runs;
}

/**
 * Twice of what the server can take is offered to it. It has one processor core and the sender another, or the sender could not
 * send as much; the connections stand before, as those of a proxy do.
 */
async function overloaded() {
  const server = await startOurs();
  await promisify(execFile)('taskset', ['-a', '-p', '-c', '0', String(server.pid)]);
  const capacity = await load(server, { connections: 256, seconds: 5, warmup: 3, core: 1 });
  const rate = Math.round(capacity.perSecond * 2);
  const result = await load(server, { connections: 2048, seconds: 10, warmup: 2, rate, core: 1 });
  await server.kill();
  const all = result.accepted + result.shed + result.errors;
  return {
    overload_capacity_per_second: Math.round(capacity.perSecond),
    overload_offered_per_second: rate,
    overload_sent_per_second: Math.round(all / result.seconds),
    overload_accepted_per_second: Math.round(result.perSecond),
    overload_accepted_p99_ms: round1(result.p99),
    overload_max_ms: round1(result.max),
    overload_shed_p99_ms: round1(result.shedP99),
    overload_shed_share: round(result.shed / all),
    overload_errors: result.errors,
  };
}

async function profile(folder: string, seconds: number): Promise<void> {
  const server = await startOurs(undefined, folder);
  console.log(await load(server, { connections: 256, seconds, warmup: 3 }));
  await server.kill();
}

/** Runs the sender in a process of its own, on one `core` of the processor where one is named. */
export async function load(
  server: Server,
  { core, ...options }: Readonly<Record<string, number | boolean>>,
  path = '/webhooks/github',
): Promise<LoadResult> {
  const flags = Object.entries(options).flatMap(([name, value]) =>
    value === true ? [`--${name}`] : [`--${name}`, String(value)],
  );
  const main = join(import.meta.dirname, 'load.ts');
  const command = [process.execPath, main, '--port', String(server.port), '--path', path, ...flags];
  const [file = '', ...args] = core === undefined ? command : ['taskset', '-c', String(core), ...command];
  const { stdout } = await promisify(execFile)(file, args, { maxBuffer: 1 << 24 });
  const result: LoadResult = JSON.parse(stdout);
  return result;
}

function medianOf(runs: readonly LoadResult[], key: keyof LoadResult): number {
  return median(runs.map((run) => run[key]));
}

function rates(runs: Runs): Record<string, number> {
  return Object.fromEntries(
    Object.entries(runs)
      .filter(([, results]) => results.length > 0)
      .map(([name, results]) => [name, Math.round(medianOf(results, 'perSecond'))]),
  );
}

function print(names: readonly Name[], all: Readonly<Record<number, Runs>>): void {
  console.table(
    names.flatMap((name) =>
      Object.entries(all).map(([connections, runs]) => ({
        server: name,
        connections: Number(connections),
        'per second': Math.round(medianOf(runs[name], 'perSecond')),
        'p50 ms': round1(medianOf(runs[name], 'p50')),
        'p99 ms': round1(medianOf(runs[name], 'p99')),
        'max ms': round1(medianOf(runs[name], 'max')),
      })),
    ),
  );
}

const round = (value: number): number => Number(value.toFixed(2));
const round1 = (value: number): number => Number(value.toFixed(1));
