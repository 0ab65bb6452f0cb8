import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openPgliteStore } from '@continuum/store/pglite';
import { openPostgresStore } from '@continuum/store/postgres';
import { startPostgres } from '@continuum/testing/servers/postgres';
import { openPlace, type Place } from './place.ts';

/**
 * `backlog [--waiting N] [--windows N] [--events N] [--stores pglite,postgres]`: does one persona's backlog slow the others?
 * Milliseconds from `emit` to the handler of a durable consumer, with 100,000 events waiting for another one that works on
 * them (50 ms each, two at a time) and without, in turns within one run, over PGlite and over PostgreSQL with fsync.
 */
export async function runBacklog(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      waiting: { type: 'string', default: '100000' },
      windows: { type: 'string', default: '100' },
      events: { type: 'string', default: '300' },
      stores: { type: 'string', default: 'pglite,postgres' },
    },
  });
  const [waiting, windows, events] = [values.waiting, values.windows, values.events].map(Number);
  for (const store of values.stores.split(',')) {
    const result = await compare(store, waiting ?? 0, windows ?? 0, events ?? 0);
    const load = loadavg().map((each) => Number(each.toFixed(1)));
    console.log(JSON.stringify({ bench: 'backlog', store, waiting, windows, events, load, ...result }));
  }
}

async function compare(store: string, waiting: number, windows: number, events: number) {
  const folder = await mkdtemp(join(tmpdir(), 'bench-backlog-'));
  const server = store === 'postgres' ? await startPostgres() : undefined;
  const openStore = async (name: string) =>
    server === undefined
      ? openPgliteStore({ folder: join(folder, name) })
      : openPostgresStore({ url: await server.createDatabase(name) });
  const places: Place[] = [];
  try {
    const without = await openPlace(await openStore('without'), 0);
    places.push(without);
    const behind = await openPlace(await openStore('behind'), waiting);
    places.push(behind);
    return await measure(without, behind, windows, events);
  } finally {
    await Promise.allSettled(places.map((place) => place.close()));
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Milliseconds of the events of each window. */
interface Times {
  readonly without: number[][];
  readonly with: number[][];
}

async function measure(without: Place, behind: Place, windows: number, events: number) {
  const times: Times = { without: [], with: [] };
  for (const place of [without, behind]) await place.window(events);
  const before = await behind.waiting();
  for (let window = 0; window < windows; window += 1) {
    // Who comes first changes: what the machine does meanwhile falls on both.
    for (const which of window % 2 === 0 ? (['without', 'with'] as const) : (['with', 'without'] as const)) {
      times[which].push(await (which === 'with' ? behind : without).window(events));
    }
  }
  const done = before - (await behind.waiting());
  const at = (share: number) => {
    const [quiet, busy] = [quantile(times.without, share), quantile(times.with, share)];
    return {
      withoutMs: Number(quiet.toFixed(2)),
      withMs: Number(busy.toFixed(2)),
      ratio: Number((busy / quiet).toFixed(3)),
    };
  };
  const p99 = { ...at(0.99), ratio95: interval(times, 0.99) };
  return { ratio_p99: p99.ratio, p50: at(0.5), p90: at(0.9), p95: at(0.95), p99, workedOff: done };
}

function quantile(windows: readonly (readonly number[])[], share: number): number {
  const sorted = Float64Array.from(windows.flat()).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

const RESAMPLES = 400;

/** Where the ratio lies with 95 %: a bootstrap over the windows, for what happens within one is not independent. */
function interval(times: Times, share: number): [number, number] {
  const again = (windows: readonly number[][]): number[][] =>
    windows.map(() => windows[Math.floor(Math.random() * windows.length)] ?? []);
  const ratios = Array.from(
    { length: RESAMPLES },
    () => quantile(again(times.with), share) / quantile(again(times.without), share),
  ).sort((a, b) => a - b);
  const ratioAt = (index: number): number => Number((ratios[Math.floor(index * RESAMPLES)] ?? Number.NaN).toFixed(3));
  return [ratioAt(0.025), ratioAt(0.975)];
}
