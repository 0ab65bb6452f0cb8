import { SourceName } from '@continuum/contract/source';
import { Argument, type Command } from 'commander';
import { sessionOf } from '../output.ts';

/** `continuum rooms`: which rooms there are, and where people see them. */
export function addPlaces(program: Command): void {
  const rooms = program.command('rooms').description('rooms, and the places in which they are shown');
  rooms
    .command('list', { isDefault: true })
    .description('all rooms with their places')
    .action(async (_flags: unknown, command: Command) => {
      const session = sessionOf(command);
      const [all, views] = await Promise.all([session.client.rooms(), session.client.views()]);
      const listed = all.map((room) => ({ ...room, views: views.filter(({ roomId }) => roomId === room.id) }));
      session.print(listed, (list) =>
        list
          .map(({ id, title, views }) => [id, title, ...views.map(({ kind, place }) => `${kind}:${place}`)].join('  '))
          .join('\n'),
      );
    });
  rooms
    .command('connect')
    .description('show a room in a place outside; the place shows no other room then')
    .argument('<room>')
    .addArgument(new Argument('<source>').choices(SourceName.options))
    .argument('<place>', 'id of the place there, such as the channel C024BE91L')
    .option('--title <title>', 'how people call the place')
    .action(async (room: string, source: string, place: string, flags: { title?: string }, command: Command) => {
      const session = sessionOf(command);
      const title = flags.title === undefined ? {} : { title: flags.title };
      const view = await session.client.connectRoom(room, { kind: SourceName.parse(source), place, ...title });
      session.print(view, () => `${source}:${place} shows ${room}`);
    });
}
