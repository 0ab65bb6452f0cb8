import { userInfo } from 'node:os';
import { SourceName } from '@continuum/contract/source';
import { Argument, type Command } from 'commander';
import { sessionOf } from '../output.ts';

/** `continuum people`: who somebody on a source is, and so under which login they teach. */
export function addPeople(program: Command): void {
  const people = program.command('people').description('who people are on several sources');
  people
    .command('list', { isDefault: true })
    .description('who is known where, and who vouches for it')
    .action(async (_flags: unknown, command: Command) => {
      const session = sessionOf(command);
      session.print(
        await session.client.people(),
        (links) =>
          links.map(({ kind, externalId, person, by }) => `${kind} ${externalId} is ${person} (${by})`).join('\n') ||
          'nobody yet',
      );
    });
  somebody(people, 'link')
    .description('vouch for it that somebody on a source is this login on the code host')
    .argument('<login>')
    .option('--as <author>', 'who vouches', userInfo().username)
    .action(async (source: string, externalId: string, person: string, flags: { as: string }, command: Command) => {
      const session = sessionOf(command);
      const link = { kind: SourceName.parse(source), externalId, person, author: flags.as };
      session.print(await session.client.linkPerson(link), () => `${source} ${externalId} is ${person}`);
    });
  somebody(people, 'claim')
    .description('a code that this login has to say on the code host, instead of vouching for it')
    .argument('<login>')
    .action(async (source: string, externalId: string, person: string, _flags: unknown, command: Command) => {
      const session = sessionOf(command);
      const claim = { kind: SourceName.parse(source), externalId, person };
      session.print(
        await session.client.claimPerson(claim),
        ({ code, expiresAt }) =>
          `${person} comments on any pull request, before ${expiresAt}:\n@continuum link ${code}`,
      );
    });
  somebody(people, 'unlink')
    .description('forget who somebody on a source is')
    .action(async (source: string, externalId: string, _flags: unknown, command: Command) => {
      const session = sessionOf(command);
      const gone = await session.client.unlinkPerson({ kind: SourceName.parse(source), externalId });
      session.print(gone, () => `${source} ${externalId} is nobody now`);
    });
}

function somebody(people: Command, name: string): Command {
  return people
    .command(name)
    .addArgument(new Argument('<source>').choices(SourceName.options))
    .argument('<id>', 'their id there, such as U024BE7LH');
}
