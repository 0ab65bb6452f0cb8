// Run by nats-faults.test.ts: takes one event in hand and never lets go. Says `begun`.
import { connectNats } from '../src/nats/connection.ts';
import { openNatsBus } from '../src/nats.ts';

const [url = '', prefix = ''] = process.argv.slice(2);
const link = await connectNats({ servers: [url] });
const bus = await openNatsBus({ link, prefix, redeliverAfterMs: 1500 });
const hang = (): Promise<void> => {
  process.stdout.write('begun\n');
  return new Promise(() => undefined);
};
await bus.subscribe('feedback:given', hang, { durable: 'consumer' });
process.stdout.write('subscribed\n');
