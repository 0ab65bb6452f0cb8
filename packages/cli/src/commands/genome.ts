import type { Command } from 'commander';
import { sessionOf } from '../output.ts';

/** `continuum layers` and `continuum scopes`: who owns which expertise. */
export function addGenome(program: Command): void {
  program
    .command('layers')
    .description('LoRA layers and their state')
    .action(async (_flags: unknown, command: Command) => {
      const session = sessionOf(command);
      const text = (layers: Awaited<ReturnType<typeof session.client.layers>>) =>
        layers.map(({ id, scope, state, bytes }) => `${id} ${scope} ${state} ${bytes} bytes`).join('\n') || 'none yet';
      session.print(await session.client.layers(), text);
    });
  const scopes = program.command('scopes').description('scopes and the paths that belong to them');
  scopes.action(async (_flags: unknown, command: Command) => {
    const session = sessionOf(command);
    session.print(await session.client.scopes(), (all) =>
      all.map(({ id, description }) => `${id}  ${description}`).join('\n'),
    );
  });
  scopes
    .command('enter')
    .description("load a scope's expertise for a persona")
    .argument('<persona>')
    .argument('<scope>')
    .action(async (persona: string, scope: string, _flags: unknown, command: Command) => {
      const session = sessionOf(command);
      session.print(
        await session.client.enterScope(persona, scope),
        ({ chain, memories, layers }) => `${chain.join(' > ')}: ${memories} corrections, ${layers.length} layers`,
      );
    });
}
