import type { LayerId } from '@continuum/contract/layer';
import { admit, judged, move, nextState, recordOf, type ScopeLayers } from '@continuum/genome/lifecycle';
import type { Verdict } from '@continuum/sandbox/gate';

/**
 * Where a layer goes from its gates. One that fails is archived with the reason. One that passes goes into shadow when the
 * cadence trained it, and people's verdicts take it on from there; when a person asked for it, straight to active, each
 * state written down. One that has come further already stays there.
 */
export function placeAfterGates(
  scope: ScopeLayers,
  id: LayerId,
  { passed, gates, because }: Verdict,
  { byHand, at }: { readonly byHand: boolean; readonly at: string },
): ScopeLayers {
  let placed = judged(admit(scope, id, { because: 'Trained.', at }), id, gates);
  const stateNow = () => recordOf(placed, id).state;
  if (!passed) return stateNow() === 'archived' ? placed : move(placed, id, 'archived', { because, at });
  const goal = byHand ? 'active' : 'shadow';
  const reason = byHand ? `Asked for by hand and through the gates: ${because}` : because;
  if (stateNow() === 'archived') placed = move(placed, id, 'candidate', { because: 'Trained again.', at });
  while (stateNow() === 'candidate' || (byHand && stateNow() !== goal)) {
    placed = move(placed, id, nextState(stateNow()) ?? goal, { because: reason, at });
  }
  return placed;
}
