import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mentions, ownWords } from '../src/mentions.ts';
import { ancestors, conversationOf, findingOf, threadRoot } from '../src/thread.ts';
import { message } from './sample.ts';

describe('mentions', () => {
  it.each([
    ['@security-ai what do you think?', ['security-ai']],
    ['hey @Security-AI, @bob and @security-ai', ['security-ai', 'bob']],
    ['write to ann@example.com', []],
    ['uses @types/node', []],
    ['see `@security-ai` in code', []],
    ['> @security-ai said\nno', []],
    ['```\n@security-ai\n```\n@bob', ['bob']],
    ['(@bob)', ['bob']],
    ['thanks @bob.', ['bob']],
    ['', []],
  ])('in %j are %j', (text, expected) => expect(mentions(text)).toEqual(expected));

  it('leave an unclosed fence as code', () => expect(ownWords('hi\n```\n@bob').trim()).toBe('hi'));
  it('never throw', () => void fc.assert(fc.property(fc.string(), (text) => Array.isArray(mentions(text)))));
});

describe('what a message answers', () => {
  const root = message('m1', { findingId: 'f1' });
  const other = message('m2', { findingId: 'f2', threadId: 'm1', replyTo: 'm1' });

  it('is its own finding, else the nearest one up the replies', () => {
    const reply = message('m3', { threadId: 'm1', replyTo: 'm2' });
    expect(findingOf(root, [root])).toBe('f1');
    expect(findingOf(reply, [root, other, reply])).toBe('f2');
    expect(findingOf(message('m4', { threadId: 'm1', replyTo: 'm3' }), [root, other, reply])).toBe('f2');
    expect(findingOf(message('m5', { threadId: 'm1' }), [root, other])).toBe('f1');
  });

  it('is the only one of the thread, or none', () => {
    const bare = message('m0');
    const child = message('m6', { threadId: 'm0', replyTo: 'm0', findingId: 'f9' });
    const late = message('m7', { threadId: 'm0' });
    expect(findingOf(late, [bare, child, late])).toBe('f9');
    expect(findingOf(late, [bare, child, message('m8', { threadId: 'm0', findingId: 'f8' })])).toBeUndefined();
    expect(findingOf(late, [])).toBeUndefined();
  });

  it('goes on among what was said of the same finding, or of none', () => {
    const onFirst = message('m3', { threadId: 'm0', replyTo: 'm1' });
    const onSecond = message('m4', { threadId: 'm0', replyTo: 'm2' });
    const onNone = message('m5', { threadId: 'm0', replyTo: 'm0' });
    const first = message('m1', { findingId: 'f1', threadId: 'm0', replyTo: 'm0' });
    const second = message('m2', { findingId: 'f2', threadId: 'm0', replyTo: 'm0' });
    const head = message('m0');
    const thread = [head, first, second, onFirst, onSecond, onNone];
    expect(conversationOf(onFirst, thread)).toEqual([first, onFirst]);
    expect(conversationOf(onSecond, thread)).toEqual([second, onSecond]);
    expect(conversationOf(onNone, thread)).toEqual([head, onNone]);
  });

  it('survives a circle of replies', () => {
    const one = message('a', { threadId: 'a', replyTo: 'b' });
    const two = message('b', { threadId: 'a', replyTo: 'a' });
    expect(ancestors(one, [one, two])).toHaveLength(2);
    expect(threadRoot(two)).toBe('a');
  });
});
