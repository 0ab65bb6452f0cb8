import type { MessageSignal, ReactionSignal } from '@continuum/contract/source';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sourceMessageId } from '../src/identity.ts';
import { takeCommand, takeMessage } from '../src/signals/messages.ts';
import { takeReaction } from '../src/signals/reactions.ts';
import { type PersonaSystem, startPersonas } from './system.ts';

let system: PersonaSystem;
let last = 0;

const next = (): string => {
  last += 1;
  return `C1:${last}`;
};

function said(text: string, over: Partial<MessageSignal> = {}): MessageSignal {
  return {
    ...{ kind: 'message', action: 'created', externalId: next(), text, at: '2026-03-01T10:00:00.000Z' },
    ...{ place: { id: 'C1', title: '#payments' }, author: { id: 'U1', name: 'Ada', kind: 'person' } },
    ...over,
  };
}

const messageOf = (signal: MessageSignal) => system.runtime.store.views.messageAt('slack', signal.externalId);

beforeAll(async () => {
  system = await startPersonas();
}, 120_000);
afterAll(() => system?.close());

describe('a message from a chat', () => {
  test('stands in the room of its channel, once, under an id that is no login', async () => {
    const signal = said('Hello');
    await takeMessage(system.runtime, 'slack', signal);
    await takeMessage(system.runtime, 'slack', signal);
    const [room] = await system.runtime.store.views.views();
    expect(room).toMatchObject({ kind: 'slack', place: 'C1', roomId: 'slack-c1', title: '#payments' });
    expect(await system.runtime.store.rooms.messages(room?.roomId ?? (await never()))).toHaveLength(1);
    expect((await messageOf(signal))?.author).toEqual({ kind: 'person', id: 'slack:U1', name: 'Ada' });
  });

  test('comes from the person behind it, once they are known', async () => {
    const link = { kind: 'slack' as const, externalId: 'U2', person: 'alice', by: 'operator', at: '2026-03-01' };
    await system.runtime.store.views.linkPerson(link);
    const signal = said('It is me', { author: { id: 'U2', name: 'Alice', kind: 'person' } });
    await takeMessage(system.runtime, 'slack', signal);
    expect((await messageOf(signal))?.author.id).toBe('alice');
  });

  test('an answer that overtakes its question ends up in the same thread', async () => {
    const question = said('Why?');
    const answer = said('Because.', { replyTo: question.externalId });
    await takeMessage(system.runtime, 'slack', answer);
    await takeMessage(system.runtime, 'slack', question);
    const root = sourceMessageId('slack', question.externalId);
    const thread = await system.runtime.store.rooms.thread(root);
    expect(thread.map(({ text }) => text).sort()).toEqual(['Because.', 'Why?']);
    expect((await messageOf(answer))?.replyTo).toBe((await messageOf(question))?.id);
  });

  test('is changed by its newest edit, and emptied when it is deleted', async () => {
    const signal = said('First');
    await takeMessage(system.runtime, 'slack', signal);
    const edit = (text: string, at: string) =>
      takeMessage(system.runtime, 'slack', { ...signal, action: 'edited', text, at });
    await edit('Third', '2026-03-01T10:02:00.000Z');
    await edit('Second', '2026-03-01T10:01:00.000Z');
    expect((await messageOf(signal))?.text).toBe('Third');
    await takeMessage(system.runtime, 'slack', { ...signal, action: 'deleted', at: '2026-03-01T10:03:00.000Z' });
    expect((await messageOf(signal))?.text).toBe('');
  });

  test('of a bot is nobody’s, and ten megabytes of text are cut and not refused', async () => {
    const bot = said('Buy now', { author: { id: 'B1', name: 'ads', kind: 'bot' } });
    await takeMessage(system.runtime, 'slack', bot);
    expect(await messageOf(bot)).toBeUndefined();
    const large = said('x'.repeat(10_000_000));
    await takeMessage(system.runtime, 'slack', large);
    expect((await messageOf(large))?.text).toHaveLength(200_000);
  });
});

describe('a reaction', () => {
  test('is put on and taken off, each once', async () => {
    const signal = said('Nice');
    await takeMessage(system.runtime, 'slack', signal);
    const message = await messageOf(signal);
    const reaction: ReactionSignal = {
      ...{ kind: 'reaction', action: 'added', on: signal.externalId, emoji: '+1', at: signal.at },
      ...{ place: signal.place, author: signal.author },
    };
    const reactions = () => system.runtime.store.rooms.reactions(message === undefined ? [] : [message.id]);
    for (let times = 0; times < 2; times += 1) await takeReaction(system.runtime, 'slack', reaction);
    expect(await reactions()).toHaveLength(1);
    await takeReaction(system.runtime, 'slack', { ...reaction, action: 'removed' });
    expect(await reactions()).toEqual([]);
  });
});

describe('a command', () => {
  test('is answered in its thread, whether it is known or not', async () => {
    const { store } = system.runtime;
    for (const [words, answer] of [
      ['explain', 'this thread is about none'],
      ['fly to the moon', 'I can do this'],
    ] as const) {
      const { action: _, text: __, ...rest } = said('');
      await takeCommand(system.runtime, 'slack', { ...rest, kind: 'command', words });
      await system.settled();
      const thread = await store.rooms.thread(sourceMessageId('slack', rest.externalId));
      expect(thread.map(({ author }) => author.kind)).toEqual(['person', 'system']);
      expect(thread[1]?.text).toContain(answer);
    }
  });
});

async function never(): Promise<never> {
  throw new Error('there is no room');
}
