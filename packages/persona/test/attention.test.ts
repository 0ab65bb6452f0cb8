import type { Message } from '@continuum/contract/room';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOP_LIMIT, RATE_LIMIT, type Situation, shouldRespond } from '../src/attention.ts';
import { interestsIn, isSilent } from '../src/speech.ts';
import { by, message, NOW, persona } from './sample.ts';

const decide = (said: Message, more: Partial<Situation> = {}) =>
  shouldRespond({ message: said, persona: persona(), thread: [said], recent: [], now: NOW, ...more });
const LATELY = new Date(NOW.getTime() - 1000).toISOString();

describe('a persona answers', () => {
  it.each([
    ['@security-ai is that so', {}],
    ['is this an SQL injection?', {}],
    ['How do we store secrets', {}],
    ['@security-ai please look', by('code-review-ai')],
  ])('%j', (text, changes) => expect(decide(message('m', text, changes))).toMatchObject({ respond: true }));

  it('a question about what it said', () => {
    const root = message('root', 'SQL from input', { ...by('security-ai'), findingId: 'f1' });
    const asked = message('m', 'why is that bad?', { threadId: 'root', replyTo: 'root' });
    expect(decide(asked, { thread: [root, asked] })).toMatchObject({ respond: true });
    const told = message('m', 'I will look at that', { threadId: 'root', replyTo: 'root' });
    expect(decide(told, { thread: [root, told] })).toMatchObject({ respond: false });
  });
});

describe('a persona stays silent', () => {
  it.each([
    ['the deploy is done', {}],
    ['what is for lunch?', {}],
    ['we had an sql injection', {}],
    ['@code-review-ai is this an injection?', {}],
    ['write to security@security-ai.example?', {}],
    ['> @security-ai\n\nok', {}],
    ['is this an injection?', by('code-review-ai')],
    ['@security-ai', by('security-ai')],
    ['@security-ai', { author: { kind: 'system', id: 's', name: 's' } }],
    ['@security-ai again', { ...by('code-review-ai'), hop: HOP_LIMIT }],
    ['', {}],
    ['...', {}],
    ['👍', {}],
    ['> @security-ai what is this?', {}],
  ])('on %j', (text, changes) => expect(decide(message('m', text, changes))).toMatchObject({ respond: false }));

  it('when it has answered, or another took the turn', () => {
    const asked = message('m', 'is this an sql injection?');
    const own = message('a', 'yes', { ...by('security-ai'), threadId: 'm', replyTo: 'm' });
    const other = message('a', 'yes', { ...by('code-review-ai'), threadId: 'm', replyTo: 'm' });
    expect(decide(asked, { thread: [asked, own] }).respond).toBe(false);
    expect(decide(asked, { thread: [asked, other] }).respond).toBe(false);
    const root = message('r', 'A bug', by('code-review-ai'));
    const about = message('m', 'is this an sql injection?', { threadId: 'r', replyTo: 'r' });
    expect(decide(about, { thread: [root, about] }).respond).toBe(false);
  });

  it('when it spoke too much in the last minute, even if mentioned', () => {
    const spoken = Array.from({ length: RATE_LIMIT.perMinute }, (_, index) =>
      message(`s${index}`, 'x', { ...by('security-ai'), at: LATELY }),
    );
    const asked = message('m', '@security-ai?');
    expect(decide(asked, { recent: spoken }).respond).toBe(false);
    expect(decide(asked, { recent: spoken.slice(1) }).respond).toBe(true);
    expect(decide(asked, { recent: spoken.slice(1), thread: [asked, ...spoken.slice(0, 3)] }).respond).toBe(false);
  });
});

describe('personas among themselves', () => {
  /** Lets all personas that want to answer each message do so, mentioning everybody. */
  function talk(first: Message, personas: ReturnType<typeof persona>[]): number {
    const thread: Message[] = [first];
    for (let turn = 0; turn < thread.length && thread.length < 500; turn++) {
      const said = thread[turn];
      if (said === undefined) break;
      for (const one of personas) {
        if (!shouldRespond({ message: said, persona: one, thread, recent: thread, now: NOW }).respond) continue;
        const text = personas.map(({ id }) => `@${id}`).join(' ');
        const changes = {
          ...by(one.id),
          hop: said.hop + 1,
          threadId: first.id,
          replyTo: said.id,
          at: NOW.toISOString(),
        };
        thread.push(message(`t${thread.length}`, `${text} what about injection?`, changes));
      }
    }
    return thread.length;
  }

  it('always come to an end', () => {
    const text = fc.constantFrom('@a @b @c injection?', 'is this injection?', '@b', 'hello');
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 4 }), (opening, count) => {
        const personas = ['a', 'b', 'c', 'd'].slice(0, count).map((id) => persona(id, ['injection']));
        expect(talk(message('m', opening), personas)).toBeLessThanOrEqual(1 + count * RATE_LIMIT.perThreadAndMinute);
      }),
    );
  });
});

describe('speech', () => {
  it('finds interests as whole words', () => {
    expect(interestsIn('Two SQL-injections and secretly', ['injection', 'secret', 'prototype pollution'])).toEqual([
      'injection',
    ]);
    expect(interestsIn('a prototype pollution', ['prototype pollution', ''])).toEqual(['prototype pollution']);
  });
  it('knows silence', () => {
    expect([isSilent(' \n'), isSilent('🎉!'), isSilent('> quote'), isSilent('ok')]).toEqual([true, true, true, false]);
  });
});
