import type { TrainingItem, TrainingOptions } from '@continuum/contract/training-job';
import type { Tokenizer } from '../tokenizer.ts';

/** A training item in token ids. Prompt and answers are encoded apart and put one after the other. */
export interface TokenizedItem {
  readonly id: string;
  readonly prompt: readonly number[];
  readonly chosen?: readonly number[];
  readonly rejected?: readonly number[];
  readonly desirable?: boolean;
  readonly weight: number;
  readonly safety: boolean;
  /** Log-odds of chosen over rejected that the decision has from elsewhere. */
  readonly offset?: number;
  /** Its wanted answer is to skip, what the safety gate asks of an item that touches safety. */
  readonly teachesSkip: boolean;
}

/** How much of its weight a dangerous item keeps when it is only weighed down. */
const DOWN_WEIGHT = 0.1;

const isSkip = (answer: string | undefined): boolean => answer !== undefined && /^\s*skip\b/i.test(answer);

/** Encodes an item with the tokenizer of the base model. An answer whose very wish is undone (`desirable` false) wants its opposite. */
export function tokenizeItem(item: TrainingItem, tokenizer: Tokenizer): TokenizedItem {
  const { id, weight, safety, desirable } = item;
  const seen = desirable === false ? item.rejected : item.chosen;
  return {
    id,
    weight,
    safety,
    prompt: tokenizer.encode(item.prompt),
    ...(item.chosen === undefined ? {} : { chosen: tokenizer.encode(item.chosen) }),
    ...(item.rejected === undefined ? {} : { rejected: tokenizer.encode(item.rejected) }),
    ...(desirable === undefined ? {} : { desirable }),
    ...(item.offset === undefined ? {} : { offset: item.offset }),
    // An unwanted post teaches to skip as much as a wanted skip does.
    teachesSkip: desirable === false ? seen !== undefined && !isSkip(seen) : isSkip(seen),
  };
}

/** What the safety gate leaves of items that would teach to skip something dangerous. */
export function passSafetyGate(items: readonly TokenizedItem[], gate: TrainingOptions['safetyGate']): TokenizedItem[] {
  return items.flatMap((item) => {
    if (!item.safety || !item.teachesSkip) return [item];
    if (gate === 'skip') return [];
    return gate === 'down-weight' ? [{ ...item, weight: item.weight * DOWN_WEIGHT }] : invert(item);
  });
}

/** A pair is turned round; a single answer changes from wanted to unwanted, or back. */
function invert(item: TokenizedItem): TokenizedItem[] {
  const { chosen, rejected, desirable, offset, ...rest } = item;
  const turned = { ...rest, teachesSkip: false, ...(offset === undefined ? {} : { offset: -offset }) };
  if (chosen !== undefined && rejected !== undefined) return [{ ...turned, chosen: rejected, rejected: chosen }];
  if (chosen !== undefined) return [{ ...turned, rejected: chosen, desirable: false }];
  return rejected === undefined ? [] : [{ ...turned, chosen: rejected, desirable: true }];
}
