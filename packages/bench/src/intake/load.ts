import { parseArgs } from 'node:util';
import { pullRequestDelivery, signed } from './payload.ts';
import { type Samples, summary } from './samples.ts';
import { Sender } from './sender.ts';

/*
 * A process of its own that sends load and prints one line of JSON.
 * Closed: every connection sends as soon as it is answered. Open (--rate): deliveries are due at fixed times, whatever comes
 * back, and their time runs from when they were due, so that a server that stalls cannot hide it.
 */

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    path: { type: 'string', default: '/' },
    connections: { type: 'string', default: '32' },
    seconds: { type: 'string', default: '5' },
    warmup: { type: 'string', default: '0' },
    rate: { type: 'string' },
    count: { type: 'string' },
    small: { type: 'boolean', default: false },
  },
});
const delivery = values.small ? signed('pull_request', '{"action":"none"}') : pullRequestDelivery();
const target = { port: Number(values.port), path: values.path };
const senders = Array.from({ length: Number(values.connections) }, () => new Sender(target, delivery));
const samples: Samples = { ms: [], statuses: [] };

async function timedSend(sender: Sender, due: number): Promise<void> {
  const status = await sender.send();
  samples.ms.push(performance.now() - due);
  samples.statuses.push(status);
}

async function closedLoop(seconds: number, count = Number.POSITIVE_INFINITY): Promise<void> {
  const until = performance.now() + seconds * 1000;
  let left = count;
  const loop = async (sender: Sender): Promise<void> => {
    while (performance.now() < until && left > 0) {
      left -= 1;
      await timedSend(sender, performance.now());
    }
  };
  await Promise.all(senders.map(loop));
}

async function openLoop(seconds: number, rate: number): Promise<void> {
  const began = performance.now();
  const idle = [...senders];
  const waiting: number[] = [];
  const running = new Set<Promise<void>>();
  const begin = (sender: Sender, due: number): void => {
    const sent = timedSend(sender, due).then(() => {
      running.delete(sent);
      const next = waiting.shift();
      if (next === undefined) idle.push(sender);
      else begin(sender, next);
    });
    running.add(sent);
  };
  for (let sent = 0; sent < seconds * rate; ) {
    const due = Math.min(((performance.now() - began) / 1000) * rate, seconds * rate);
    for (; sent < due; sent += 1) {
      const sender = idle.pop();
      const at = began + (sent / rate) * 1000;
      if (sender === undefined) waiting.push(at);
      else begin(sender, at);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  while (running.size > 0) await Promise.race([...running].slice(0, 1));
}

if (Number(values.warmup) > 0) await closedLoop(Number(values.warmup));
samples.ms = [];
samples.statuses = [];
const began = performance.now();
if (values.rate !== undefined) await openLoop(Number(values.seconds), Number(values.rate));
else await closedLoop(Number(values.seconds), values.count === undefined ? undefined : Number(values.count));
console.log(JSON.stringify(summary(samples, (performance.now() - began) / 1000)));
for (const sender of senders) sender.close();
