import type { Finding } from '@continuum/contract/finding';
import type { FindingDetail } from '@continuum/contract/http';
import type { Store } from '@continuum/contract/ports/store';
import { defined } from './answers.ts';

/** A finding with the memories its why names, the feedback it got and the message that announced it. */
export async function findingDetail(store: Store, finding: Finding): Promise<FindingDetail> {
  const memoryIds = new Set(finding.judgement.why.flatMap((reason) => reason.memoryId ?? []));
  const [memories, feedback, message] = await Promise.all([
    Promise.all([...memoryIds].map((id) => store.learning.memory(id))),
    store.learning.listFeedback({ findingId: finding.id }),
    store.rooms.messageForFinding(finding.id),
  ]);
  return {
    ...finding,
    memories: memories.flatMap((memory) => memory ?? []),
    feedback,
    ...defined({ messageId: message?.id }),
  };
}
