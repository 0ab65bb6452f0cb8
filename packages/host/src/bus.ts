import { ContinuumError } from '@continuum/contract/errors';
import type { Bus } from '@continuum/contract/ports/bus';
import type { CommandTransport } from '@continuum/contract/ports/command-transport';
import type { Ground, Keep } from './parts.ts';
import type { NatsSettings } from './settings.ts';

/** How events and commands travel. */
export interface Wires {
  readonly bus: Bus;
  /** Undefined where everything runs in one process. */
  readonly transport: CommandTransport | undefined;
  /** Throws BUS_UNAVAILABLE while events cannot be taken. */
  check(): Promise<void>;
}

/** NATS where it is set, else the bus in this process over the store. Throws BUS_UNAVAILABLE, UNAUTHORIZED. */
export async function openBus(ground: Ground, keep: Keep): Promise<Wires> {
  const { settings, store, log, now } = ground;
  if (settings.nats !== undefined) return openNats(settings.nats, ground, keep);
  const { createEmbeddedBus } = await import('@continuum/bus/embedded');
  const bus = keep(createEmbeddedBus({ stream: store.stream, now, log }));
  return { bus, transport: undefined, check: async () => void (await bus.backlog()) };
}

async function openNats(nats: NatsSettings, { settings, log, now }: Ground, keep: Keep): Promise<Wires> {
  const { connectNats } = await import('@continuum/bus/nats/connection');
  const { openNatsBus } = await import('@continuum/bus/nats');
  const { openNatsCommands } = await import('@continuum/bus/nats/commands');
  const { servers, replicas, prefix } = nats;
  const link = keep(await connectNats({ servers, name: settings.instance, log }));
  // The first intake may take in deliveries before those who handle them have ever run.
  const bus = keep(await openNatsBus({ link, replicas, prefix, now, log, newConsumersFrom: 'start' }));
  const transport = keep(openNatsCommands({ link, prefix, log }));
  const check = async (): Promise<void> => {
    if (!link.connected) {
      throw new ContinuumError('BUS_UNAVAILABLE', 'not connected to NATS', {
        next: 'Look at the NATS servers; this process connects again by itself.',
        retryable: true,
      });
    }
    // A server without a leader of JetStream answers nothing here, and takes no events either.
    await bus.backlog();
  };
  return { bus, transport, check };
}
