import { LayerId } from '@continuum/contract/layer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Admission, type PagedLayer, Paging } from '../src/paging.ts';

const idOf = (index: number): LayerId => LayerId.parse(`layer-${index.toString(16).padStart(32, '0')}`);
const layer = (index: number, bytes = 10, priority = 0): PagedLayer => ({ id: idOf(index), bytes, priority });
/** Worth of a use falls so fast that only the last one counts. */
const LRU = 1 / 64;

/** Loads what an admission misses, at once. */
function settle(paging: Paging, admission: Admission | undefined): Admission {
  if (admission === undefined) throw new Error('no room');
  for (const id of admission.missing) paging.loaded(id);
  return admission;
}

function visit(paging: Paging, ...layers: PagedLayer[]): Admission {
  const admission = settle(paging, paging.admit(layers, 'request'));
  paging.release(admission);
  return admission;
}

const ids = (paging: Paging): LayerId[] => paging.resident().map(({ id }) => id);

describe('paging', () => {
  test('evicts the least recently used', () => {
    const paging = new Paging({ budgetBytes: 30, halfLife: LRU });
    for (const index of [1, 2, 3, 1]) visit(paging, layer(index));
    expect(visit(paging, layer(4)).evicted).toEqual([idOf(2)]);
    expect(visit(paging, layer(5)).evicted).toEqual([idOf(3)]);
    expect(paging.counters()).toMatchObject({ hits: 1, misses: 5, evictions: 2, residentBytes: 30 });
  });

  test('a popular layer outlives a run of rare ones, also after it was evicted once', () => {
    const paging = new Paging({ budgetBytes: 30 });
    for (let time = 0; time < 5; time += 1) visit(paging, layer(1));
    for (let index = 2; index < 40; index += 1) visit(paging, layer(index));
    expect(ids(paging)).toContain(idOf(1));
    visit(paging, layer(50, 30));
    expect(ids(paging)).toEqual([idOf(50)]);
    visit(paging, layer(1));
    visit(paging, layer(60), layer(61));
    visit(paging, layer(62));
    expect(ids(paging)).toContain(idOf(1));
  });

  test('of two equally used layers the one of lower priority goes', () => {
    const paging = new Paging({ budgetBytes: 20 });
    visit(paging, layer(1, 10, 1));
    visit(paging, layer(2));
    expect(visit(paging, layer(3)).evicted).toEqual([idOf(2)]);
  });

  test('a shared layer counts once, and stays until its last pin', () => {
    const paging = new Paging({ budgetBytes: 20, halfLife: LRU });
    const one = settle(paging, paging.admit([layer(1), layer(1), layer(2)], 'request'));
    const other = settle(paging, paging.admit([layer(1)], 'request'));
    expect(paging.counters().residentBytes).toBe(20);
    paging.release(one);
    paging.release(one);
    expect(paging.resident()).toContainEqual({ id: idOf(1), bytes: 10, pins: 1 });
    expect(visit(paging, layer(3)).evicted).toEqual([idOf(2)]);
    paging.release(other);
    expect(visit(paging, layer(4)).evicted).toEqual([idOf(1)]);
  });

  test('waits for requests in flight, refuses what holders leave no room for', () => {
    const paging = new Paging({ budgetBytes: 20 });
    const inFlight = settle(paging, paging.admit([layer(1), layer(2)], 'request'));
    expect(paging.admit([layer(3)], 'request')).toBeUndefined();
    paging.release(inFlight);
    settle(paging, paging.admit([layer(3)], 'holder'));
    expect(() => paging.admit([layer(4), layer(5)], 'request')).toThrow(
      expect.objectContaining({ code: 'OVERLOADED' }),
    );
    expect(() => paging.admit([layer(6, 21)], 'request')).toThrow('do not fit');
    expect(paging.counters()).toMatchObject({ waits: 1, refusals: 2 });
  });

  test('a holder changes what it holds in one step, and keeps it when the new does not fit', () => {
    const paging = new Paging({ budgetBytes: 20 });
    const first = settle(paging, paging.admit([layer(1), layer(2)], 'holder'));
    expect(() => paging.admit([layer(3, 30)], 'holder', first)).toThrow('do not fit');
    expect(paging.resident().map(({ pins }) => pins)).toEqual([1, 1]);
    const second = settle(paging, paging.admit([layer(2), layer(3)], 'holder', first));
    expect(second).toMatchObject({ missing: [idOf(3)], evicted: [idOf(1)] });
    paging.release(first);
    expect(paging.resident().map(({ pins }) => pins)).toEqual([1, 1]);
  });

  test('what is being loaded is not evicted, and what failed to load is no longer there', () => {
    const paging = new Paging({ budgetBytes: 10 });
    const admission = paging.admit([layer(1)], 'request');
    if (admission !== undefined) paging.release(admission);
    expect(paging.admit([layer(2)], 'request')).toBeUndefined();
    paging.forget(idOf(1));
    const next = settle(paging, paging.admit([layer(2)], 'request'));
    expect(next.evicted).toEqual([]);
    expect(ids(paging)).toEqual([idOf(2)]);
  });

  test('any run stays within the budget, evicts nothing pinned, and pins are all let go in the end', () => {
    const step = fc.record({
      layers: fc.array(fc.nat(11), { minLength: 1, maxLength: 4 }),
      kind: fc.constantFrom<'request' | 'holder'>('request', 'holder'),
      lets: fc.nat(3),
    });
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        sizes,
        fc.integer({ min: 1, max: 100 }),
        (steps, bytes, budget) => {
          const paging = new Paging({ budgetBytes: budget });
          const open: Admission[] = [];
          for (const { layers, kind, lets } of steps) {
            const pinned = new Set(open.flatMap((admission) => admission.ids));
            const wanted = layers.map((index) => layer(index, bytes[index]));
            const admission = attempt(paging, wanted, kind);
            if (admission !== undefined) {
              expect(admission.evicted.filter((id) => pinned.has(id))).toEqual([]);
              open.push(admission);
            }
            expectBooks(paging, open, budget);
            for (const gone of open.splice(0, lets)) paging.release(gone);
          }
          for (const gone of open) paging.release(gone);
          expect(paging.resident().every(({ pins }) => pins === 0)).toBe(true);
        },
      ),
    );
  });
});

function attempt(paging: Paging, wanted: readonly PagedLayer[], kind: 'request' | 'holder'): Admission | undefined {
  try {
    const admission = paging.admit(wanted, kind);
    return admission === undefined ? undefined : settle(paging, admission);
  } catch {
    return undefined;
  }
}

function expectBooks(paging: Paging, open: readonly Admission[], budget: number): void {
  const resident = paging.resident();
  const total = resident.reduce((sum, { bytes }) => sum + bytes, 0);
  expect(total).toBe(paging.counters().residentBytes);
  expect(total).toBeLessThanOrEqual(budget);
  for (const { id, pins } of resident) expect(pins).toBe(open.filter((each) => each.ids.includes(id)).length);
  for (const id of open.flatMap((each) => each.ids)) expect(resident.some((each) => each.id === id)).toBe(true);
}
