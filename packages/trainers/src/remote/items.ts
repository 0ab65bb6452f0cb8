import { ContinuumError } from '@continuum/contract/errors';
import type { TrainingItem, TrainingOptions } from '@continuum/contract/training-job';

const SKIP = /^\s*skip\b/i;

/** What is uploaded: JSON Lines of one method, and how many items it holds. */
export interface RemoteData {
  readonly method: 'supervised' | 'dpo';
  readonly jsonl: string;
  readonly count: number;
}

/**
 * Items in the format of one fine-tuning method: with pairs that is `dpo` and only the pairs, else `supervised` and the
 * answers to imitate. These methods know neither weights nor single answers that were not wanted: what has weight 0 and
 * what does not fit is left out. Of safety items that teach a skip none goes out unless it can be turned round. Throws
 * INVALID_INPUT when nothing is left.
 */
export function toRemoteData(items: readonly TrainingItem[], gate: TrainingOptions['safetyGate']): RemoteData {
  const kept = items.filter(({ weight }) => weight > 0).flatMap((item) => gated(item, gate));
  const pairs = kept.flatMap(toPair);
  const rows = pairs.length > 0 ? pairs : kept.flatMap(toConversation);
  if (rows.length === 0) {
    throw new ContinuumError('INVALID_INPUT', 'None of the items can be taught by a fine-tuning API.', {
      next: 'Collect pairs or wanted answers, or use the embedded or the Python trainer.',
    });
  }
  const jsonl = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  return { method: pairs.length > 0 ? 'dpo' : 'supervised', jsonl, count: rows.length };
}

function gated(item: TrainingItem, gate: TrainingOptions['safetyGate']): TrainingItem[] {
  const { chosen, rejected } = item;
  if (!item.safety || chosen === undefined || !SKIP.test(chosen)) return [item];
  // A weight cannot be sent, so what should be weighed down stays here.
  return gate === 'invert' && rejected !== undefined ? [{ ...item, chosen: rejected, rejected: chosen }] : [];
}

const user = (content: string) => ({ role: 'user', content }) as const;
const assistant = (content: string) => ({ role: 'assistant', content }) as const;

function toPair({ prompt, chosen, rejected }: TrainingItem): object[] {
  if (chosen === undefined || rejected === undefined) return [];
  return [
    {
      input: { messages: [user(prompt)], tools: [], parallel_tool_calls: true },
      preferred_output: [assistant(chosen)],
      non_preferred_output: [assistant(rejected)],
    },
  ];
}

function toConversation({ prompt, chosen, desirable }: TrainingItem): object[] {
  return chosen === undefined || desirable === false ? [] : [{ messages: [user(prompt), assistant(chosen)] }];
}
