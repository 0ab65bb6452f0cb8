import { CircuitBreaker } from '@continuum/host/outbox/breaker';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const OPTIONS = { threshold: 3, firstMs: 1_000, longestMs: 8_000 };

function failing(times: number, at = 0): CircuitBreaker {
  const breaker = new CircuitBreaker(OPTIONS);
  for (let time = 0; time < times; time++) breaker.failed(at);
  return breaker;
}

const ALLOWED = { closed: Number.POSITIVE_INFINITY, open: 0, 'half-open': 1 };

/** One call, if it may begin, with what has to hold before and meanwhile. */
function call(breaker: CircuitBreaker, now: number, good: boolean): void {
  const { state, probeAt = 0 } = breaker.state(now);
  expect(probeAt - now).toBeLessThanOrEqual(OPTIONS.longestMs);
  expect(breaker.allowed(now)).toBe(ALLOWED[state]);
  if (state === 'open') return;
  breaker.begin();
  if (state === 'half-open') expect(breaker.allowed(now)).toBe(0);
  if (good) breaker.succeeded();
  else breaker.failed(now);
}

describe('the circuit breaker', () => {
  test('a success in between starts the count anew', () => {
    const breaker = failing(2);
    breaker.succeeded();
    breaker.failed(0);
    breaker.failed(0);
    expect(breaker.state(0)).toEqual({ state: 'closed', failures: 2 });
    expect(breaker.allowed(0)).toBe(Number.POSITIVE_INFINITY);
  });

  test('opens after failures in a row, then lets one probe through, which closes it', () => {
    const breaker = failing(3);
    expect(breaker.state(0)).toMatchObject({ state: 'open', failures: 3 });
    expect(breaker.allowed(499)).toBe(0);
    expect(breaker.allowed(1_000)).toBe(1);
    breaker.begin();
    expect(breaker.allowed(1_000)).toBe(0);
    breaker.succeeded();
    expect(breaker.state(1_000)).toEqual({ state: 'closed', failures: 0 });
  });

  test('late failures of calls that began before it opened do not keep it open longer', () => {
    const breaker = failing(3);
    const { probeAt } = breaker.state(0);
    breaker.failed(400);
    expect(breaker.state(400).probeAt).toBe(probeAt);
  });

  test('waits as long as the target asks, even above its own longest', () => {
    const breaker = failing(2);
    breaker.failed(0, 3_600_000);
    expect(breaker.allowed(3_599_999)).toBe(0);
    expect(breaker.allowed(3_600_000)).toBe(1);
  });

  test('whatever happens: never two probes at once, never shut for longer than its longest', () => {
    const step = fc.record({ wait: fc.integer({ min: 0, max: 20_000 }), good: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const breaker = new CircuitBreaker(OPTIONS);
        let now = 0;
        for (const { wait, good } of steps) {
          now += wait;
          call(breaker, now, good);
        }
      }),
    );
  });
});
