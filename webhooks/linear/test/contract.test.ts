import { describeSource } from '@continuum/testing/source-contract';
import { verifyDelivery } from '../src/delivery.ts';
import { readSignals } from '../src/signals.ts';
import { EXAMPLES, make, saying } from './examples.ts';

describeSource({
  ...{ name: 'linear', verifyDelivery, readSignals, make, saying, examples: EXAMPLES },
  ...{ signatureHeader: 'linear-signature', idHeader: 'linear-delivery', staleAfterMs: 300_000 },
});
