import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeRecord, readRecord } from '../src/frame.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((value) => value.isWellFormed());
const record = fc.record({ id: text, source: text, event: text, at: text, body: text });

test('a record reads back as it was, wherever it stands', () => {
  fc.assert(
    fc.property(record, record, (first, second) => {
      const bytes = Buffer.concat([...encodeRecord(first), ...encodeRecord(second)]);
      const one = readRecord(bytes, 0);
      expect(one).toMatchObject({ kind: 'record', record: first });
      const end = one.kind === 'record' ? one.end : -1;
      expect(readRecord(bytes, end)).toEqual({ kind: 'record', record: second, end: bytes.length });
    }),
  );
});

test('a record that a crash cut short is torn, with its bytes missing or zeros in their place', () => {
  fc.assert(
    fc.property(record, fc.nat(), fc.nat(8192), (value, at, zeros) => {
      const bytes = Buffer.concat(encodeRecord(value));
      const kept = bytes.subarray(0, at % bytes.length);
      expect(readRecord(kept, 0)).toEqual({ kind: 'torn' });
      const filled = Buffer.concat([kept, Buffer.alloc(bytes.length - kept.length + zeros)]);
      expect(readRecord(filled, 0)).toEqual({ kind: 'torn' });
    }),
  );
});

test('bytes of chance are never served as a record', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(readRecord(Buffer.from(bytes), 0).kind).not.toBe('record');
    }),
  );
});
