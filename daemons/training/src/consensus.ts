import type { Finding } from '@continuum/contract/finding';
import { EventId } from '@continuum/contract/ids';
import type { Message } from '@continuum/contract/room';
import { threadRoot } from '@continuum/room/thread';
import { classifyReply } from '@continuum/training/classify';
import { toExample } from '@continuum/training/example';
import { resolveConsent } from '@continuum/training/trust';
import type { TrainingRuntime } from './runtime.ts';

/**
 * Two or more personas agree on a finding in its thread: kept as an example for a person to approve, because personas
 * teach nobody by themselves. One example a finding, whoever agrees after.
 */
export async function keepConsensus(runtime: TrainingRuntime, message: Message, finding: Finding): Promise<void> {
  const thread = await runtime.store.rooms.thread(threadRoot(message));
  const agreeing = thread.filter((entry) => agrees(entry, finding));
  const personas = new Set([finding.persona, ...agreeing.map(({ author }) => author.id)]);
  if (personas.size < 2 || !agreeing.some(({ id }) => id === message.id)) return;
  const subject = { person: message.author.id, room: message.roomId, repo: finding.repo };
  const consent = resolveConsent(await runtime.store.learning.consents(), subject);
  if (consent === 'opted-out') return;
  const example = toExample({
    ...{ finding, signal: 'consensus', verdict: undefined, reason: '', confidence: 1, consent, at: message.at },
    ...{ author: { kind: 'persona', id: finding.persona, name: finding.persona }, permission: 'none' },
    source: message.source,
    messageIds: agreeing.map(({ id }) => id),
    posted: `${finding.title}. ${finding.message}`,
    state: 'quarantined',
  });
  await runtime.store.learning.addExample(example);
  const { id, scope, state, priority } = example;
  const told = { id: EventId.parse(`evt_${id}_example`) };
  await runtime.bus.emit('learning:example', { exampleId: id, scope, state, priority }, told);
}

function agrees({ author, findingId, text }: Message, finding: Finding): boolean {
  if (author.kind !== 'persona' || author.id === finding.persona || findingId !== undefined) return false;
  return classifyReply(text, { aboutFinding: true, authorKind: 'persona' }).verdict === 'affirm';
}
