// Run by nats-commands.test.ts: takes a command and never answers. Says `serving`, then `begun`.
import { openNatsCommands } from '../src/nats/commands.ts';
import { connectNats } from '../src/nats/connection.ts';

const [url = '', prefix = ''] = process.argv.slice(2);
const commands = openNatsCommands({ link: await connectNats({ servers: [url] }), prefix });
await commands.serve('layers/list', () => {
  process.stdout.write('begun\n');
  return new Promise(() => undefined);
});
process.stdout.write('serving\n');
