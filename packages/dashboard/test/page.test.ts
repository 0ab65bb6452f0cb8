import { MessageView } from '@continuum/contract/http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findingsHash, parseRoute } from '../src/address.ts';
import { parseEvents } from '../src/server-sent-events.ts';
import { mergeMessages, messages, type Thread, toThreads } from '../src/state.ts';
import { ago } from '../src/time.ts';

const said = (id: string, threadId: string | null = null, replyTo: string | null = threadId): MessageView =>
  MessageView.parse({
    ...{ id, roomId: 'r', threadId, replyTo, author: { kind: 'person', id: 'a', name: 'a' }, text: id },
    ...{ source: { kind: 'web' }, hop: 0, reactions: [], links: [], at: `2026-01-01T00:00:${id.padStart(2, '0')}Z` },
  });

const shape = ({ root, replies }: Thread): unknown => (replies.length === 0 ? root.id : [root.id, replies.map(shape)]);

describe('threads', () => {
  it('puts answers under what they answer, one level deep', () => {
    const list = [said('1'), said('2', '1'), said('3', '1', '2'), said('4'), said('5', '1', '3'), said('6', '1')];
    expect(toThreads(list).map(shape)).toEqual([['1', [['2', ['3', '5']], '6']], '4']);
  });

  it('finds the start of a thread wherever it stands', () => {
    const list = [{ ...said('2', '1'), at: said('1').at }, said('1'), said('3')];
    expect(toThreads(list).map(shape)).toEqual([['1', ['2']], '3']);
  });

  it('shows an answer whose start is not loaded, at its time', () => {
    expect(toThreads([said('2', '1'), said('3')]).map(shape)).toEqual(['2', '3']);
  });

  it('merges pages by id, in order of time', () => {
    mergeMessages('r', [said('3'), said('1')]);
    mergeMessages('r', [{ ...said('3'), text: 'edited' }, said('2')]);
    expect(messages.value.get('r')?.map((message) => message.text)).toEqual(['1', '2', 'edited']);
  });
});

describe('addresses', () => {
  it.each([
    ['', { view: 'room', id: 'dev-updates' }],
    ['#/room/security', { view: 'room', id: 'security' }],
    ['#/learned', { view: 'learned' }],
    ['#/layers', { view: 'layers' }],
    ['#/nothing', { view: 'room', id: 'dev-updates' }],
  ])('reads %s', (hash, route) => {
    expect(parseRoute(hash)).toEqual(route);
  });

  it('keeps a filter', () => {
    const word = fc.string({ unit: 'grapheme' }).filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(fc.record({ repo: word, pr: word, status: word }), (filter) => {
        expect(parseRoute(findingsHash(filter))).toEqual({ view: 'findings', filter });
      }),
    );
  });
});

function streamOf(pieces: readonly Uint8Array<ArrayBuffer>[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
}

describe('live events', () => {
  it('come out whole, however the stream is cut', async () => {
    const wire =
      ': alive\n\nid: e1\nevent: room:message\ndata: {"id":"e1","text":"é 🎉"}\n\ndata: {broken\n\ndata: {"id":"e2"}\n\n';
    const bytes = new TextEncoder().encode(wire);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length)), async (cuts) => {
        const edges = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        const pieces = edges.slice(1).map((end, index) => bytes.slice(edges[index], end));
        const events = await Array.fromAsync(parseEvents(streamOf(pieces)));
        expect(events).toEqual([{ id: 'e1', text: 'é 🎉' }, { id: 'e2' }]);
      }),
      { numRuns: 30 },
    );
  });
});

it.each([
  [30_000, 'now'],
  [5 * 60_000, '5m'],
  [3 * 3_600_000, '3h'],
  [2 * 86_400_000, '2d'],
  [30 * 86_400_000, '2026-01-01'],
])('says how long %d ms are', (passed, text) => {
  const at = '2026-01-01T00:00:00.000Z';
  expect(ago(at, Date.parse(at) + passed)).toBe(text);
});
