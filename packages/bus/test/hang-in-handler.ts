import { EventId, FeedbackId } from '@continuum/contract/ids';
import { openPgliteStore } from '@continuum/store/pglite';
import { createEmbeddedBus } from '../src/embedded.ts';

/** Child process of pglite.test.ts: takes the first of three events and never ends, to be killed in the middle. */
const store = await openPgliteStore({ folder: process.argv[2] ?? '' });
const bus = createEmbeddedBus({ stream: store.stream });
const hang = async (): Promise<void> => {
  console.log('begun');
  await new Promise(() => undefined);
};
await bus.subscribe('feedback:given', hang, { durable: 'consumer' });
for (const id of ['0', '1', '2']) {
  await bus.emit('feedback:given', { feedbackId: FeedbackId.parse(id) }, { id: EventId.parse(id) });
}
console.log('emitted');
