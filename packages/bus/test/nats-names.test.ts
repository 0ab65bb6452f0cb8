import { EventName, matchesPattern } from '@continuum/contract/event';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseReply } from '../src/nats/held.ts';
import {
  deadSubject,
  eventSubject,
  filterSubject,
  fromToken,
  toMessageId,
  toNames,
  toToken,
} from '../src/nats/names.ts';

const names = toNames('continuum');

/** What nats-server does: `*` is one word, `>` one or more at the end. */
function subjectMatches(filter: string, subject: string): boolean {
  const [want, have] = [filter.split('.'), subject.split('.')];
  for (const [index, word] of want.entries()) {
    if (word === '>') return have.length > index;
    if (have[index] === undefined || (word !== '*' && word !== have[index])) return false;
  }
  return want.length === have.length;
}

test('a filter subject selects exactly the events that the pattern matches', () => {
  const word = fc.constantFrom('webhook', 'github', 'push', 'a', '*', '**');
  const pattern = fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join(':'));
  const other = fc.array(fc.constantFrom('webhook', 'github', 'push', 'a', 'b'), { minLength: 1, maxLength: 5 });
  const name = fc.oneof(
    fc.constantFrom(...EventName.options),
    other.map((words) => words.join(':')),
  );
  fc.assert(
    fc.property(pattern, name, (each, event) => {
      expect(subjectMatches(filterSubject(names, each), eventSubject(names, event))).toBe(matchesPattern(each, event));
    }),
    { numRuns: 2000 },
  );
});

test('any name becomes one word of a subject and can be read back; different ids stay different', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (one, other) => {
      expect(toToken(one)).toMatch(/^[A-Za-z0-9_=-]*$/);
      expect(fromToken(toToken(one))).toBe(one);
      expect(toMessageId(one)).toMatch(/^[\x21-\x7e]*$/);
      if (one !== other) {
        expect(toMessageId(one)).not.toBe(toMessageId(other));
        expect(deadSubject(names, one, 'id')).not.toBe(deadSubject(names, other, 'id'));
        expect(deadSubject(names, 'consumer', one)).not.toBe(deadSubject(names, 'consumer', other));
      }
    }),
  );
});

test('both forms of a reply subject name the message and count its deliveries, others are refused', () => {
  const key = 'events:77:1700000000000000000';
  expect(parseReply('$JS.ACK.events.printer.3.77.80.1700000000000000000.5')).toEqual({
    key,
    deliveries: 3,
  });
  const long = '$JS.ACK.hub.ACCOUNT.events.printer.3.77.80.1700000000000000000.5.token';
  expect(parseReply(long)).toEqual({ key, deliveries: 3 });
  expect(() => parseReply('_INBOX.abc.1')).toThrow(TypeError);
  expect(() => parseReply('')).toThrow(TypeError);
});
