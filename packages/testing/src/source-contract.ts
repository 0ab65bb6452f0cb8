import { ContinuumError } from '@continuum/contract/errors';
import type { DeliveryHeaders, ReadSignals, Signal, VerifyDelivery } from '@continuum/contract/source';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { oddPayloads, payloadsLike } from './source/mutations.ts';

export type Payload = Readonly<Record<string, unknown>>;

/** What a test wants of a delivery; whatever is left out is as the source sends it. */
export interface Order {
  readonly deliveryId?: string;
  readonly secret?: string;
  /** When it is sent. */
  readonly at?: Date;
  /** Another event by the source's own name for it, known or not. */
  readonly event?: string;
  /** Another body, signed all the same. */
  readonly body?: string;
}

export interface MadeDelivery {
  readonly headers: DeliveryHeaders;
  readonly body: string;
}

/** One event as the source sends it, with the event word that `verifyDelivery` gives it. */
export interface SourceExample {
  readonly event: string;
  readonly payload: Payload;
}

export interface SourceUnderTest {
  readonly name: string;
  readonly verifyDelivery: VerifyDelivery;
  readonly readSignals: ReadSignals;
  /** Makes a signed delivery as the source does. */
  readonly make: (order: Order) => MadeDelivery;
  readonly signatureHeader: string;
  /** Header of the delivery's id; undefined where id and event stand in the signed body. */
  readonly idHeader: string | undefined;
  /** Deliveries that were sent longer ago, or so far ahead, are refused, in ms; undefined where no time is signed. */
  readonly staleAfterMs: number | undefined;
  /** Each is read into one signal at least. */
  readonly examples: readonly SourceExample[];
  /** The example whose text is as given. */
  readonly saying: (text: string) => SourceExample;
}

const NOW = new Date('2026-03-01T12:00:00Z');
const SECRET = 'a secret of the contract';
const ID = 'delivery-1';

/** What every source keeps to, whatever comes in: the same tests for all of them. */
export function describeSource(source: SourceUnderTest): void {
  const make = (order: Order = {}): MadeDelivery => source.make({ deliveryId: ID, secret: SECRET, at: NOW, ...order });
  const verify = ({ headers, body }: { headers: DeliveryHeaders; body: string | Buffer }, now = NOW) =>
    source.verifyDelivery({ headers, rawBody: Buffer.from(body), secret: SECRET, now });
  const codeOf = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'accepted',
      (error: unknown) => (error instanceof ContinuumError ? error.code : `not ours: ${String(error)}`),
    );

  describe(`${source.name}: who sent it`, () => {
    test('what the source sends is believed, and named by its own id', async () => {
      const verified = await verify(make());
      expect(verified.deliveryId).toBe(ID);
      expect(verified.event).toMatch(/^[a-z][a-z0-9_-]*$/);
    });

    test('sent again it carries the same id, another one another', async () => {
      const first = await verify(make());
      const again = await verify(make());
      expect(again.deliveryId).toBe(first.deliveryId);
      expect((await verify(make({ deliveryId: 'delivery-2' }))).deliveryId).not.toBe(first.deliveryId);
    });

    test('forged: no signature, an empty one, one of another secret or another body', async () => {
      const { headers, body } = make();
      const signed = (signature: string | undefined) => ({
        headers: { ...headers, [source.signatureHeader]: signature },
        body,
      });
      expect(await codeOf(verify(signed(undefined)))).toBe('UNAUTHORIZED');
      expect(await codeOf(verify(signed('')))).toBe('UNAUTHORIZED');
      expect(await codeOf(verify(make({ secret: 'a guess of a stranger' })))).toBe('UNAUTHORIZED');
      expect(await codeOf(verify({ headers: make({ body: '{"other":1}' }).headers, body }))).toBe('UNAUTHORIZED');
    });

    test('one changed byte anywhere, and a body that was cut, are refused', async () => {
      const { headers, body } = make();
      const bytes = Buffer.from(body);
      const place = fc.nat(bytes.length - 1);
      await fc.assert(
        fc.asyncProperty(place, fc.integer({ min: 1, max: 255 }), async (at, flip) => {
          const changed = Buffer.from(bytes);
          changed[at] = (changed[at] ?? 0) ^ flip;
          expect(await codeOf(verify({ headers, body: changed }))).toBe('UNAUTHORIZED');
          expect(await codeOf(verify({ headers, body: bytes.subarray(0, at) }))).toBe('UNAUTHORIZED');
        }),
      );
    });

    test('the secret before counts while it is changed, an empty one never', async () => {
      const { headers, body } = make({ secret: 'the secret before' });
      const raw = { headers, rawBody: Buffer.from(body), secret: SECRET, now: NOW };
      expect(await codeOf(source.verifyDelivery({ ...raw, previousSecret: 'the secret before' }))).toBe('accepted');
      const empty = make({ secret: '' });
      const unset = { ...raw, headers: empty.headers, secret: '', previousSecret: '' };
      expect(await codeOf(source.verifyDelivery(unset))).toBe('UNAUTHORIZED');
    });

    const window = source.staleAfterMs;
    if (window === undefined) return;
    test('stale, or from the future', async () => {
      const sentAt = (ms: number) => codeOf(verify(make({ at: new Date(NOW.getTime() + ms) })));
      expect(await sentAt(-window + 1_000)).toBe('accepted');
      expect(await sentAt(-window - 2_000)).toBe('UNAUTHORIZED');
      expect(await sentAt(window + 2_000)).toBe('UNAUTHORIZED');
    });
  });

  describe(`${source.name}: bad input`, () => {
    test('too large is said before anything is hashed', async () => {
      const body = Buffer.alloc(25 * 1024 * 1024 + 1, 0x20);
      expect(await codeOf(verify({ headers: {}, body }))).toBe('PAYLOAD_TOO_LARGE');
    });

    test.each(['', '{"a":', '[]', 'null', '7', '"text"', 'payload=%7B%7D'])(
      'signed, and no object: %j',
      async (body) => {
        expect(['MALFORMED_JSON', 'UNAUTHORIZED']).toContain(await codeOf(verify(make({ body }))));
      },
    );

    test('deep JSON is refused before it is parsed', async () => {
      const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
      expect(await codeOf(verify(make({ body: deep })))).toBe('PAYLOAD_TOO_DEEP');
    });

    test('nothing unsigned is parsed, whatever is wrong with it', async () => {
      const headers = { ...make().headers, [source.signatureHeader]: 'sha256=0' };
      expect(await codeOf(verify({ headers, body: '['.repeat(1_000) }))).toBe('UNAUTHORIZED');
    });

    const { idHeader } = source;
    test('an event that the source does not have', async () => {
      // Where it stands in the body, it is read later and passed over.
      const code = idHeader === undefined ? 'accepted' : 'UNKNOWN_EVENT';
      for (const event of ['tea_time', 'constructor', '__proto__']) {
        expect(await codeOf(verify(make({ event })))).toBe(code);
      }
    });

    test('no delivery id, or one with a line break', async () => {
      const { headers, body } = make();
      const withId = (id: string | undefined) =>
        idHeader === undefined ? make({ body: '{"no":"id"}' }) : { headers: { ...headers, [idHeader]: id }, body };
      for (const id of [undefined, '', 'a\nb', 'x'.repeat(300)]) {
        expect(await codeOf(verify(withId(id)))).toBe('INVALID_INPUT');
      }
    });

    test('any signed text ends in one of our codes', async () => {
      const text = fc.oneof(fc.json(), fc.string({ minLength: 1, unit: 'binary-ascii', maxLength: 200 }));
      await fc.assert(
        fc.asyncProperty(text, async (body) => {
          fc.pre(body.isWellFormed());
          expect(await codeOf(verify(make({ body })))).not.toMatch(/^not ours/);
        }),
      );
    });
  });

  describe(`${source.name}: what it says`, () => {
    test.each(source.examples.map((example) => [example.event, example] as const))('%s %#', (event, { payload }) => {
      const signals = source.readSignals(event, payload);
      expect(signals.length).toBeGreaterThan(0);
      for (const signal of signals) expectWhole(signal);
      expect(source.readSignals(event, structuredClone(payload))).toEqual(signals);
    });

    test('ten million characters of text are carried or cut, never thrown at', () => {
      const { event, payload } = source.saying('a'.repeat(10_000_000));
      for (const signal of source.readSignals(event, payload)) expectWhole(signal);
    });

    test('any JSON, under any event, is read or passed over', () => {
      const events = fc.oneof(fc.constantFrom(...source.examples.map(({ event }) => event)), fc.string());
      fc.assert(
        fc.property(events, fc.dictionary(fc.string(), fc.jsonValue()), (event, payload) => {
          for (const signal of source.readSignals(event, payload)) expectWhole(signal);
        }),
      );
    });

    test('with every field of a real payload missing, empty or odd, one after the other', () => {
      for (const { event, payload } of oddPayloads(source.examples))
        for (const signal of source.readSignals(event, payload)) expectWhole(signal);
    });

    test('with any field of a real payload changed into anything, too', () => {
      fc.assert(
        fc.property(payloadsLike(source.examples), ({ event, payload }) => {
          for (const signal of source.readSignals(event, payload)) expectWhole(signal);
        }),
        { numRuns: 300 },
      );
    });
  });
}

/** What rooms rely on, of whatever kind it is. */
function expectWhole(signal: Signal): void {
  for (const named of [signal.place.id, signal.author.id, signal.author.name, ...namedBy(signal)]) {
    expect(named, JSON.stringify(signal)).not.toBe('');
  }
  expect(typeof signal.at).toBe('string');
  expect(Date.parse(signal.at), JSON.stringify(signal)).not.toBeNaN();
  if (signal.kind === 'message') expect(typeof signal.text).toBe('string');
  if (signal.kind === 'results') for (const { line } of signal.findings) expect(line).toBeGreaterThan(0);
}

/** Everything by which others find it, or what it is about. */
function namedBy(signal: Signal): readonly string[] {
  switch (signal.kind) {
    case 'message':
    case 'command':
      return [signal.externalId, ...(signal.replyTo === undefined ? [] : [signal.replyTo])];
    case 'reaction':
      return [signal.on, signal.emoji];
    case 'verdict':
      return Object.values(signal.about);
    case 'ticket':
      return [signal.ticket.key];
    case 'results':
      return [signal.repo, signal.head, signal.tool];
  }
}
