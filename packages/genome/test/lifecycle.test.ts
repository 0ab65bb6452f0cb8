import { LayerId, LayerState } from '@continuum/contract/layer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admit, holderOf, judged, move, NO_LAYERS, nextState, rollback, type ScopeLayers } from '../src/lifecycle.ts';

const layer = (n: number) => LayerId.parse(`layer-${String(n).padStart(32, '0')}`);
const [A, B, C] = [layer(1), layer(2), layer(3)];
const now = { because: 'test', at: '2026-01-01T00:00:00.000Z' };
const stateOf = (scope: ScopeLayers, id: LayerId) => scope.layers.find((each) => each.id === id)?.state;

function toActive(scope: ScopeLayers, id: LayerId): ScopeLayers {
  return (['shadow', 'canary', 'active'] as const).reduce((at, to) => move(at, id, to, now), admit(scope, id, now));
}

describe('the life of a layer', () => {
  it('goes from candidate over shadow and canary to active, each move with its reason', () => {
    const scope = toActive(NO_LAYERS, A);
    expect(scope.layers[0]?.moves.map(({ state }) => state)).toEqual(['candidate', 'shadow', 'canary', 'active']);
    expect(LayerState.options.map(nextState)).toEqual(['shadow', 'canary', 'active', undefined, 'candidate']);
  });

  it('leaves out no step, and an unknown layer is refused', () => {
    const scope = admit(NO_LAYERS, A, now);
    expect(() => move(scope, A, 'active', now)).toThrow(expect.objectContaining({ code: 'CONFLICT' }));
    expect(() => move(scope, B, 'shadow', now)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    expect(() => rollback(scope, A, now)).toThrow(expect.objectContaining({ code: 'CONFLICT' }));
    expect(move(scope, A, 'candidate', now)).toBe(scope);
    expect(admit(scope, A, now)).toBe(scope);
  });

  it('ends when another takes its place', () => {
    const scope = toActive(toActive(NO_LAYERS, A), B);
    expect([stateOf(scope, A), stateOf(scope, B)]).toEqual(['archived', 'active']);
    expect(scope.layers[0]?.because).toBe(`Layer ${B} took its place.`);
    const two = move(move(admit(scope, C, now), C, 'shadow', now), A, 'candidate', now);
    expect(stateOf(move(two, A, 'shadow', now), C)).toBe('archived');
  });

  it('keeps the latest result of each gate', () => {
    const gate = { gate: 'golden-set', passed: false, value: 9, limit: 10, text: 'lost one' } as const;
    const scope = judged(admit(NO_LAYERS, A, now), A, [gate]);
    expect(judged(scope, A, [{ ...gate, passed: true }]).layers[0]?.gates).toEqual([{ ...gate, passed: true }]);
  });

  it('is given back by a rollback of its successor, down to nobody', () => {
    const scope = toActive(toActive(NO_LAYERS, A), B);
    const back = rollback(scope, B, now);
    expect([back.archived, back.active]).toEqual([B, A]);
    const nobody = rollback(back.scope, A, now);
    expect([nobody.active, holderOf(nobody.scope, 'active')]).toEqual([undefined, undefined]);
  });

  it('on trial, ends without touching who decides', () => {
    const scope = move(admit(toActive(NO_LAYERS, A), B, now), B, 'shadow', now);
    const back = rollback(scope, B, now);
    expect([back.active, stateOf(back.scope, B)]).toEqual([A, 'archived']);
  });
});

type Step = { readonly kind: 'admit' | 'rollback' | LayerState; readonly id: LayerId };
const STEP: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('admit' as const, 'rollback' as const, ...LayerState.options),
  id: fc.constantFrom(A, B, C, layer(4)),
});

function attempt(scope: ScopeLayers, { kind, id }: Step): ScopeLayers {
  try {
    if (kind === 'admit') return admit(scope, id, now);
    return kind === 'rollback' ? rollback(scope, id, now).scope : move(scope, id, kind, now);
  } catch {
    return scope;
  }
}

describe('whatever is done', () => {
  it('no state that decides or is on trial has two layers', () => {
    fc.assert(
      fc.property(fc.array(STEP, { maxLength: 200 }), (steps) => {
        let scope = NO_LAYERS;
        for (const step of steps) {
          scope = attempt(scope, step);
          for (const state of ['shadow', 'canary', 'active']) {
            expect(scope.layers.filter((each) => each.state === state).length).toBeLessThanOrEqual(1);
          }
          expect(scope.layers.every(({ moves, state }) => moves.at(-1)?.state === state)).toBe(true);
        }
      }),
    );
  });

  it('a rollback right after a promotion returns to the exact earlier pointer', () => {
    fc.assert(
      fc.property(fc.array(STEP, { maxLength: 100 }), (steps) => {
        const before = steps.reduce(attempt, NO_LAYERS);
        const fresh = layer(9);
        const after = rollback(toActive(before, fresh), fresh, now);
        expect(after.active).toBe(holderOf(before, 'active'));
        expect(holderOf(after.scope, 'active')).toBe(holderOf(before, 'active'));
        // A list of earlier layers that nobody interrupted is the same list again.
        if (holderOf(before, 'active') !== undefined) expect(after.scope.earlier).toEqual(before.earlier);
      }),
    );
  });
});
