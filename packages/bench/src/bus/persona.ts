// Run by `bench bus` in a process of its own: answers raw requests, and tells when its durable handler begins.

import { openNatsBus } from '@continuum/bus/nats';
import { connectNats } from '@continuum/bus/nats/connection';
import { clockMs } from './clock.ts';

const [url = ''] = process.argv.slice(2);
const link = await connectNats({ servers: [url] });
link.connection.subscribe('raw', { callback: (_error, message) => void message.respond() });
const bus = await openNatsBus({ link });
const handler = async (): Promise<void> => void process.send?.(clockMs());
await bus.subscribe('webhook:github:pull_request', handler, { durable: 'persona' });
await link.connection.flush();
process.send?.('ready');
process.once('disconnect', () => process.exit());
