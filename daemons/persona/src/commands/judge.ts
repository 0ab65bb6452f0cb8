import type { CommandInput, CommandOutput } from '@continuum/contract/command';
import type { Finding } from '@continuum/contract/finding';
import { commandedFeedbackId } from '../identity.ts';
import type { PersonaRuntime } from '../runtime.ts';
import type { Asked } from './command-word.ts';

export type Learned = CommandOutput<'feedback/give'>['learned'];

/** Gives what somebody says of a finding as their feedback, once for each message; answers with what became of it. */
export async function judge(
  { commands }: PersonaRuntime,
  { author, message }: Asked,
  finding: Finding,
  verdict: 'right' | 'wrong',
  reason: string,
): Promise<Learned> {
  const input: CommandInput<'feedback/give'> = {
    ...{ id: commandedFeedbackId(message.id, finding.id), findingId: finding.id, value: verdict },
    kind: verdict === 'right' ? 'confirmation' : 'correction',
    ...{ reason: reason.slice(0, 20_000), author, source: message.source },
  };
  const caller = { kind: 'system', id: 'persona-daemon' } as const;
  return (await commands.execute('feedback/give', input, { caller })).learned;
}

/** What is to be said of words that did not teach at once. */
export function unlearned(learned: Exclude<Learned, 'active'>): string {
  return learned === 'quarantined'
    ? 'Noted. Somebody with write permission has to approve it before it counts.'
    : 'I do not learn from this: you, this room or this repository opted out.';
}
