import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dueTraining } from '../src/cadence.ts';

const NONE: ReadonlySet<string> = new Set();
const at = (text: string) => new Date(`${text}:00.000Z`);
// A Saturday afternoon: no window is open.
const QUIET = at('2026-11-21T15:00');
const due = (examples: number, pairs: number, now = QUIET, used = NONE, offsetMinutes = 0) =>
  dueTraining({ counter: { examples, pairs }, used, now, offsetMinutes });

describe('a scope', () => {
  it.each([
    [500, 0, true],
    [499, 0, false],
    [0, 200, true],
    [249, 199, false],
    [250, 100, true],
    [250, 99, false],
  ])('with %i new examples and %i pairs: due %s', (examples, pairs, expected) => {
    expect(due(examples, pairs) !== undefined).toBe(expected);
  });

  it('is trained once in a night and once in a week, where it is worth it', () => {
    expect(due(50, 0, at('2026-11-24T02:00'))?.window).toBe('nightly:2026-11-24');
    expect(due(49, 0, at('2026-11-24T02:00'))).toBeUndefined();
    expect(due(50, 0, at('2026-11-24T05:00'))).toBeUndefined();
    expect(due(10, 0, at('2026-11-22T08:59'))?.window).toBe('weekly:2026-11-22');
    expect(due(10, 0, at('2026-11-23T08:59'))).toBeUndefined();
    expect(due(50, 0, at('2026-11-24T02:00'), new Set(['nightly:2026-11-24']))).toBeUndefined();
    expect(due(50, 0, at('2026-11-25T02:00'), new Set(['nightly:2026-11-24']))?.because).toContain('nightly');
  });

  it('keeps local time', () => {
    expect(due(50, 0, at('2026-11-23T23:30'), NONE, 180)?.window).toBe('nightly:2026-11-24');
    expect(due(50, 0, at('2026-11-24T02:30'), NONE, 180)).toBeUndefined();
    expect(due(50, 0, at('2026-11-24T09:30'), NONE, -420)?.window).toBe('nightly:2026-11-24');
  });

  it('keeps a window that passes midnight as one', () => {
    const windows = [{ id: 'late', days: [6], startMinute: 1380, minutes: 120, leastExamples: 1 }];
    const ask = (now: Date) =>
      dueTraining({ counter: { examples: 1, pairs: 0 }, used: NONE, now, offsetMinutes: 0, windows })?.window;
    expect(ask(at('2026-11-21T23:30'))).toBe('late:2026-11-21');
    expect(ask(at('2026-11-22T00:59'))).toBe('late:2026-11-21');
    expect(ask(at('2026-11-22T01:00'))).toBeUndefined();
  });

  it('is due once per window, whatever the hours it is looked at', () => {
    const start = at('2026-11-16T00:00').getTime();
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 14 * 24 * 60 }), { maxLength: 300 }), (minutes) => {
        const used = new Set<string>();
        const seen = minutes
          .sort((one, other) => one - other)
          .flatMap((minute) => {
            const window = due(60, 0, new Date(start + minute * 60_000), used)?.window;
            if (window === undefined) return [];
            used.add(window);
            return [window];
          });
        expect(new Set(seen).size).toBe(seen.length);
        expect(seen.length).toBeLessThanOrEqual(16);
      }),
    );
  });
});
