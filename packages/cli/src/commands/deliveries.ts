import type { Command } from 'commander';
import { sessionOf } from '../output.ts';

/** `continuum reconcile` and `continuum replay`: deliveries that did not come, and those that shall come again. */
export function addDeliveries(program: Command): void {
  program
    .command('reconcile')
    .description('ask a source what it could not deliver, and take it in now')
    .option('--source <name>', 'whom to ask', 'github')
    .option('--since <time>', 'ISO 8601; where the last run ended when absent, at most 72 h back')
    .action(async ({ source, since }: { source: string; since?: string }, command: Command) => {
      const session = sessionOf(command);
      const from = since === undefined ? {} : { since: toInstant(since) };
      session.print(
        await session.client.reconcile({ source, ...from }),
        (done) =>
          `${done.source} since ${done.since}: ${done.missed} missed, ${done.accepted} of them new and taken in`,
      );
    });
  program
    .command('replay')
    .description('hand a kept webhook delivery on again, as if it came just now')
    .argument('<delivery>', 'the id that its sender gave it')
    .option('--source <name>', 'who sent it', 'github')
    .action(async (deliveryId: string, { source }: { source: string }, command: Command) => {
      const session = sessionOf(command);
      session.print(
        await session.client.replayDelivery({ source, deliveryId }),
        ({ event, id }) => `${event} delivery is on its way again as ${id}`,
      );
    });
}

/** A day or a local time is understood too; what is no time at all is left for the server to refuse. */
function toInstant(text: string): string {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? text : time.toISOString();
}
