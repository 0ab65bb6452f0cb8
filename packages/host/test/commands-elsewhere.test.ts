import type { CommandContext, CommandName } from '@continuum/contract/command';
import { ContinuumError } from '@continuum/contract/errors';
import type { CommandServer, CommandTransport } from '@continuum/contract/ports/command-transport';
import type { AuditStore, OutboxStore } from '@continuum/contract/ports/store';
import { expect, test } from 'vitest';
import { createCommands } from '../src/commands.ts';

const operator: CommandContext = { caller: { kind: 'operator', id: 'ada' } };
const outbox: Pick<OutboxStore, 'enqueue'> = { enqueue: async () => true };

/** What goes over the wire is JSON. */
function wire(): CommandTransport & { readonly sent: CommandName[] } {
  const served = new Map<CommandName, CommandServer>();
  const sent: CommandName[] = [];
  return {
    sent,
    async serve(name, run) {
      served.set(name, run);
    },
    async call(name, input, context) {
      sent.push(name);
      const run = served.get(name);
      if (run === undefined) throw new ContinuumError('NOT_FOUND', `nobody serves ${name}`);
      return JSON.parse(JSON.stringify((await run(JSON.parse(JSON.stringify(input)), context)) ?? null));
    },
    close: async () => {},
  };
}

/** Two registries that share a wire, each with its audit. */
function processes() {
  const transport = wire();
  const process = () => {
    const actions: string[] = [];
    const audit: Pick<AuditStore, 'record'> = {
      record: async ({ actor, action }) => void actions.push(`${actor} ${action}`),
    };
    return { commands: createCommands({ audit, outbox }, transport), actions };
  };
  return { transport, here: process(), there: process() };
}

test('what nobody handles here is done where it is handled, and audited there', async () => {
  const { here, there } = processes();
  there.commands.register('scope/leave', async ({ persona }) => ({ persona, released: [] }));
  await there.commands.serve();
  const answer = await here.commands.execute('scope/leave', { persona: 'security-ai' }, operator);
  expect(answer).toEqual({ persona: 'security-ai', released: [] });
  expect([here.actions, there.actions]).toEqual([[], ['operator:ada scope/leave']]);
});

test('what is handled here does not travel', async () => {
  const { here, there, transport } = processes();
  for (const { commands } of [here, there]) {
    commands.register('scope/leave', async ({ persona }) => ({ persona, released: [] }));
    await commands.serve();
  }
  await here.commands.execute('scope/leave', { persona: 'security-ai' }, operator);
  expect([transport.sent, here.actions.length]).toEqual([[], 1]);
});

test('who may not, and what does not parse, is refused before it is sent', async () => {
  const { here, transport } = processes();
  const persona: CommandContext = { caller: { kind: 'persona', id: 'security-ai' } };
  await expect(here.commands.execute('examples/list', {}, persona)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(here.commands.executeUntyped('examples/list', { limit: 0 }, operator)).rejects.toMatchObject({
    code: 'INVALID_INPUT',
  });
  expect(transport.sent).toEqual([]);
});

test('the error of the handler comes through, and an answer of another shape is none', async () => {
  const { here, there, transport } = processes();
  there.commands.register('scope/leave', async () => {
    throw new ContinuumError('NOT_FOUND', 'there is no such persona', { next: 'Use another.' });
  });
  await there.commands.serve();
  const failed = here.commands.execute('scope/leave', { persona: 'nobody' }, operator);
  await expect(failed).rejects.toMatchObject({ code: 'NOT_FOUND', next: 'Use another.' });
  await transport.serve('examples/list', async () => [{ id: 'not an example' }]);
  await expect(here.commands.execute('examples/list', {}, operator)).rejects.toThrow();
});
