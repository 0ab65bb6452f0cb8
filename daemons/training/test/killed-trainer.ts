import { ScopeId } from '@continuum/contract/ids';
import { createSteppingTrainer } from '@continuum/testing/layers';
import { teach } from './corrections.ts';
import { startTraining } from './runtime.ts';

// A process to be killed: it trains slowly in the folder it is given and says when it has begun.
const [home] = process.argv.slice(2);
if (home === undefined) throw new Error('give a folder');
const trainer = createSteppingTrainer({ steps: 50, stepMs: 100 });
const { runtime } = await startTraining(undefined, { trainer }, home);
await teach(runtime.store, 40);
const input = { scope: ScopeId.parse('/security/') };
const { jobId } = await runtime.commands.execute('layers/train', input, { caller: { kind: 'operator', id: 'ann' } });
setInterval(() => {
  if (trainer.stepsMade >= 5) console.log(jobId);
}, 20);
