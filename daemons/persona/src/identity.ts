import { createHash } from 'node:crypto';
import { FeedbackId, FindingId, MessageId, type PersonaId, type ReviewId } from '@continuum/contract/ids';
import type { SourceName } from '@continuum/contract/source';

/** Ids that follow from what they name: doing a review again writes the same rows, not new ones. */
function derived(prefix: string, ...parts: readonly string[]): string {
  const hash = createHash('sha256').update(parts.join('\0')).digest('hex');
  return `${prefix}_${hash.slice(0, 24)}`;
}

export function findingId(reviewKey: string, fingerprint: string): FindingId {
  return FindingId.parse(derived('fnd', reviewKey, fingerprint));
}

/** The message that starts the thread of a pull request, or of one review outside of pull requests. */
export function threadMessageId(topic: string): MessageId {
  return MessageId.parse(derived('msg', 'thread', topic));
}

export function findingMessageId(finding: FindingId): MessageId {
  return MessageId.parse(derived('msg', 'finding', finding));
}

/** A persona answers a message once, however often its event is delivered. */
export function answerMessageId(persona: PersonaId, question: MessageId): MessageId {
  return MessageId.parse(derived('msg', 'answer', persona, question));
}

/** The message that something said on a source becomes. */
export function sourceMessageId(source: SourceName, externalId: string): MessageId {
  return MessageId.parse(derived('msg', source, externalId));
}

/** Feedback that a delivery gives is given once, however often the delivery is handled. */
export function deliveredFeedbackId(source: SourceName, deliveryId: string, nth: number): FeedbackId {
  return FeedbackId.parse(derived('fb', source, deliveryId, String(nth)));
}

/** The idempotency key under which a review is posted. */
export function reviewEffectKey(review: ReviewId): string {
  return `github/review:${review}`;
}
