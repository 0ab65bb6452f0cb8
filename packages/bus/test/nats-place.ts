import { randomUUID } from 'node:crypto';
import type { Bus } from '@continuum/contract/ports/bus';
import type { BusPlace } from '@continuum/testing/bus-contract';
import { connectNats, type NatsLink } from '../src/nats/connection.ts';
import { type NatsBusOptions, openNatsBus } from '../src/nats.ts';

/** Buses on one server or cluster, each with a connection of its own, under a prefix of their own. */
export function natsPlace(servers: readonly string[], options: Omit<NatsBusOptions, 'link'> = {}): BusPlace {
  const links = new Map<Bus, NatsLink>();
  const prefix = `test-${randomUUID().slice(0, 8)}`;
  return {
    open: async () => {
      const link = await connectNats({ servers });
      const bus = await openNatsBus({ link, prefix, redeliverAfterMs: 1000, ...options });
      links.set(bus, link);
      return bus;
    },
    abandon: async (bus) => links.get(bus)?.connection.close(),
    remove: async () => {
      await Promise.all([...links.values()].map((link) => link.close()));
    },
  };
}
