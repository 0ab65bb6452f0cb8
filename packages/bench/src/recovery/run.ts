import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EventId } from '@continuum/contract/ids';
import { openJournal } from '@continuum/journal/journal';
import { openPgliteStore } from '@continuum/store/pglite';
import { pullRequestDelivery, signed } from '../intake/payload.ts';
import { median } from '../timed.ts';
import { startUntilReady } from './ready.ts';

/** Records on their way to disk, or to the store, at once. */
const AT_ONCE = 500;

/**
 * `bench recovery`: what was taken in and not handled when the system was killed with -9 waits, in the journal or in the
 * store, and the system starts again: time from the start of the process to a ready `/readyz`, against the same start with
 * nothing waiting. Afterwards every record has to be handled or to be there still.
 */
export async function runRecovery(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      count: { type: 'string', default: '100000' },
      starts: { type: 'string', default: '3' },
      only: { type: 'string', default: 'empty,journal,store' },
      large: { type: 'boolean', default: false },
    },
  });
  const count = Number(values.count);
  const body = values.large
    ? pullRequestDelivery().body.toString()
    : signed('pull_request', '{"action":"none"}').body.toString();
  const fills: Readonly<Record<string, (home: string) => Promise<unknown>>> = {
    empty: async () => {},
    journal: (home) => fillJournal(home, count, body),
    store: (home) => fillStore(home, count, body),
  };
  const results: Record<string, number> = {};
  for (const name of values.only.split(',')) {
    const fill = fills[name];
    if (fill === undefined) continue;
    const home = await mkdtemp(join(tmpdir(), 'bench-recovery-'));
    try {
      Object.assign(results, await recover(name, home, fill, { count, starts: Number(values.starts) }));
    } finally {
      await rm(home, { recursive: true, force: true, maxRetries: 3 });
    }
  }
  console.log(JSON.stringify({ bench: 'recovery', count, bodyBytes: Buffer.byteLength(body), ...results }));
}

interface Plan {
  readonly count: number;
  readonly starts: number;
}

async function recover(
  name: string,
  home: string,
  fill: (home: string) => Promise<unknown>,
  { count, starts }: Plan,
): Promise<Record<string, number>> {
  // The first start makes the store and registers who handles what; kill -9 ends it.
  await (await startUntilReady(home)).kill();
  const began = performance.now();
  await fill(home);
  const fillSeconds = (performance.now() - began) / 1000;
  const times: number[] = [];
  for (let start = 0; start < starts; start += 1) {
    const system = await startUntilReady(home);
    times.push(system.readyMs);
    // In the middle of the work that waits.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await system.kill();
  }
  const left = name === 'empty' ? 0 : await countKnown(home);
  console.log(
    `${name}: filled in ${fillSeconds.toFixed(1)} s, ready after ${times.map((ms) => Math.round(ms)).join(', ')} ms, ` +
      `${left} of ${name === 'empty' ? 0 : count} known`,
  );
  return {
    [`${name}_ready_ms`]: Math.round(median(times)),
    [`${name}_ready_max_ms`]: Math.round(Math.max(...times)),
    ...(name === 'empty' ? {} : { [`${name}_lost`]: count - left }),
  };
}

const idOf = (index: number): string => `github:recovery-${index}`;

async function inParallel(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < count; from += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, index) => work(from + index)));
  }
}

async function fillJournal(home: string, count: number, body: string): Promise<void> {
  const journal = await openJournal({ folder: join(home, 'journal') });
  const record = { source: 'github', event: 'pull_request', at: new Date().toISOString(), body };
  await inParallel(count, (index) => journal.append({ ...record, id: idOf(index) }));
  await journal.close();
}

async function fillStore(home: string, count: number, body: string): Promise<void> {
  const store = await openPgliteStore({ folder: join(home, 'store') });
  const payload = { event: 'pull_request', payload: JSON.parse(body) };
  const at = new Date().toISOString();
  await inParallel(count, (index) =>
    store.stream.append({
      id: EventId.parse(idOf(index)),
      name: 'webhook:github:pull_request',
      payload: { ...payload, deliveryId: `recovery-${index}` },
      at,
    }),
  );
  await store.close();
}

/** Records that the journal keeps, or that the store has as events: each id once. */
async function countKnown(home: string): Promise<number> {
  const known = new Set<string>();
  const journal = await openJournal({ folder: join(home, 'journal') });
  for await (const { record } of journal.all()) known.add(record.id);
  await journal.close();
  const store = await openPgliteStore({ folder: join(home, 'store') });
  for (const { id } of await store.stream.recent(Number.MAX_SAFE_INTEGER)) known.add(id);
  await store.close();
  return [...known].filter((id) => id.startsWith('github:recovery-')).length;
}
