import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createEmbeddedBus } from '@continuum/bus/embedded';
import { openNatsBus } from '@continuum/bus/nats';
import { connectNats } from '@continuum/bus/nats/connection';
import { WebhookPayload } from '@continuum/contract/event';
import type { Bus } from '@continuum/contract/ports/bus';
import { openPgliteStore } from '@continuum/store/pglite';
import { startNats } from '@continuum/testing/servers/nats';
import { pullRequestDelivery } from '../intake/payload.ts';
import { clockMs } from './clock.ts';

const EVENT = 'webhook:github:pull_request';
const WARM_UP = 100;

/** Times of one turn, in ms. */
interface Turn {
  /** A raw request of the same bytes to the other process and back. */
  readonly request: number;
  /** `emit` here to the start of the durable handler there. */
  readonly nats: number;
  /** `emit` here to the answer of the stream. */
  readonly emit: number;
  /** The same as `nats` in one process, over the store. */
  readonly embedded: number;
}

/**
 * `bus [--rounds N] [--sync]`: from `emit` of a 21 kB pull_request delivery to the start of the persona's durable handler in
 * another process, over JetStream with file storage, against a raw NATS request of the same bytes between the same processes;
 * and the embedded bus over PGlite; in turns, one at a time. `--sync` makes the server fsync each message (2.10 and later).
 */
export async function runBus(args: string[]): Promise<void> {
  const options = { rounds: { type: 'string', default: '1000' }, sync: { type: 'boolean', default: false } } as const;
  const { values } = parseArgs({ args, options });
  const server = await startNats({ syncAlways: values.sync });
  const persona = fork(join(import.meta.dirname, 'persona.ts'), [server.url]);
  await once(persona, 'message');
  const link = await connectNats({ servers: [server.url] });
  const bus = await openNatsBus({ link });
  const local = await openEmbedded();
  const payload = pullRequest();
  const bytes = Buffer.from(JSON.stringify(payload));
  const turn = async (): Promise<Turn> => {
    const from = clockMs();
    await link.connection.request('raw', bytes, { timeout: 5000 });
    const request = clockMs() - from;
    return { request, ...(await overNats(bus, persona, payload)), embedded: await local.handled(payload) };
  };
  for (let round = 0; round < WARM_UP; round += 1) await turn();
  const turns: Turn[] = [];
  for (let round = 0; round < Number(values.rounds); round += 1) turns.push(await turn());
  const version = link.connection.info?.version;
  await local.close();
  await bus.close();
  await link.close();
  persona.kill();
  await server.stop();
  report(turns, { bytes: bytes.length, server: version, fsync: server.syncs });
}

function pullRequest(): WebhookPayload {
  const { body, event } = pullRequestDelivery();
  return WebhookPayload.parse({
    deliveryId: 'bench',
    event,
    action: 'opened',
    payload: JSON.parse(body.toString('utf8')),
  });
}

async function overNats(
  bus: Bus,
  persona: ChildProcess,
  payload: WebhookPayload,
): Promise<Pick<Turn, 'nats' | 'emit'>> {
  const handled = once(persona, 'message');
  const from = clockMs();
  await bus.emit(EVENT, payload);
  const emit = clockMs() - from;
  const [at] = await handled;
  return { nats: Number(at) - from, emit };
}

async function openEmbedded(): Promise<{ handled(payload: WebhookPayload): Promise<number>; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-bus-'));
  const store = await openPgliteStore({ folder });
  const bus = createEmbeddedBus({ stream: store.stream });
  let begun: (at: number) => void = () => undefined;
  await bus.subscribe(EVENT, async () => begun(clockMs()), { durable: 'persona' });
  return {
    handled: async (payload) => {
      const at = new Promise<number>((resolve) => {
        begun = resolve;
      });
      const from = clockMs();
      await bus.emit(EVENT, payload);
      const ms = (await at) - from;
      await bus.idle();
      return ms;
    },
    close: async () => {
      await bus.close();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function report(turns: readonly Turn[], about: object): void {
  const of = (name: keyof Turn) => turns.map((turn) => turn[name]).sort((a, b) => a - b);
  const at = (name: keyof Turn, share: number) => of(name)[Math.floor(turns.length * share)] ?? Number.NaN;
  const ms = (value: number) => Number(value.toFixed(3));
  const names = ['request', 'nats', 'emit', 'embedded'] as const;
  const figures = Object.fromEntries(
    names.map((name) => [name, { p50_ms: ms(at(name, 0.5)), p99_ms: ms(at(name, 0.99)) }]),
  );
  console.table(figures);
  const ratio = (share: number) => Number((at('nats', share) / at('request', share)).toFixed(2));
  const ratios = { ratio_p50_vs_nats_request: ratio(0.5), ratio_p99_vs_nats_request: ratio(0.99) };
  console.log(
    JSON.stringify({ bench: 'bus', rounds: turns.length, ...about, ...figures, ...ratios, load: loadavg()[0] }),
  );
}
