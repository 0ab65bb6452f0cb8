import type { Command } from 'commander';
import { sessionOf } from '../output.ts';

/** `continuum scopes` and `continuum scope`: who owns which expertise, and who is where. */
export function addGenome(program: Command): void {
  const scopes = program.command('scopes').description('scopes and the paths that belong to them');
  scopes.action(async (_flags: unknown, command: Command) => {
    const session = sessionOf(command);
    session.print(await session.client.scopes(), (all) =>
      all.map(({ id, description }) => `${id}  ${description}`).join('\n'),
    );
  });
  const enter = (parent: Command) =>
    parent
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
  enter(scopes);
  const scope = program.command('scope').description('where a persona is');
  enter(scope);
  scope
    .command('leave')
    .description('release what a persona holds for its scope')
    .argument('<persona>')
    .action(async (persona: string, _flags: unknown, command: Command) => {
      const session = sessionOf(command);
      session.print(await session.client.leaveScope(persona), ({ released }) => `${released.length} layers released`);
    });
}
