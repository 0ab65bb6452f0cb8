import { MessageId } from '@continuum/contract/ids';
import type { Message } from '@continuum/contract/room';
import type { Runtime } from '@continuum/host/runtime';
import { expect, test } from 'vitest';
import { onMessage } from '../src/attention.ts';
import { DEV_UPDATES } from '../src/rooms.ts';
import { Turns } from '../src/turns.ts';
import { startPersonas } from './system.ts';

test('a message reads its thread once, and one persona has the turn', async () => {
  const system = await startPersonas();
  try {
    const { runtime } = system;
    const word = runtime.personas[0]?.interests[0] ?? '';
    const { rooms } = runtime.store;
    const id = MessageId.parse('msg_question');
    const question: Message = {
      id,
      roomId: DEV_UPDATES,
      threadId: null,
      replyTo: null,
      author: { kind: 'person', id: 'alice', name: 'alice' },
      text: `What about ${word}?`,
      source: { kind: 'api' },
      hop: 0,
      at: runtime.now().toISOString(),
    };
    await rooms.addMessage(question);
    let reads = 0;
    const counted = new Proxy(rooms, {
      get(target, name) {
        if (name === 'thread') reads += 1;
        const value = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const watched = new Proxy(runtime.store, {
      get: (target, name) => {
        if (name === 'rooms') return counted;
        const value = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const twins = runtime.personas.slice(0, 3).map((persona) => ({ ...persona, interests: [word] }));
    const observed: Runtime = { ...runtime, store: watched, personas: twins };
    await onMessage(observed, new Turns(runtime, 'conversation'), { messageId: id, roomId: DEV_UPDATES });
    expect(reads).toBe(1);
    const answers = (await rooms.thread(id)).filter(({ replyTo }) => replyTo === id);
    expect(answers).toHaveLength(1);
  } finally {
    await system.close();
  }
}, 60_000);
