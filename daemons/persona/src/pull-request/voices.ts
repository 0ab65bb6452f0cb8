import { type CodeHost, type GivenReaction, type PullRequestRef, REACTIONS } from '@continuum/contract/ports/code-host';
import type { Place, ReactionSignal } from '@continuum/contract/source';
import { z } from 'zod';
import type { PersonaRuntime } from '../runtime.ts';
import { takeReaction } from '../signals/reactions.ts';
import { takeVerdict } from '../signals/verdicts.ts';

/** What was heard the last time, to know what was taken back since. */
const Heard = z.array(
  z.object({
    on: z.string(),
    emoji: z.enum(REACTIONS),
    author: z.object({ id: z.string(), name: z.string(), kind: z.enum(['person', 'bot']) }),
    at: z.string(),
  }),
);

/**
 * Asks what people said of our comments without a word, and takes it as if it had been delivered: each once, however often it
 * is asked for. Throws what the code host throws.
 */
export async function hearVoices(runtime: PersonaRuntime, codeHost: CodeHost, ref: PullRequestRef): Promise<void> {
  const { reactions, threads } = await codeHost.voices(ref);
  const place: Place = { id: `${ref.repo}#${ref.pr}`, repo: ref.repo, pr: ref.pr };
  const key = `voices:${place.id}`;
  const before = Heard.safeParse(await runtime.store.values.get(key)).data ?? [];
  for (const given of reactions) await takeReaction(runtime, 'github', toSignal(given, place, 'added'));
  const now = runtime.now().toISOString();
  for (const gone of before.filter((each) => !reactions.some((given) => same(given, each)))) {
    await takeReaction(runtime, 'github', { ...toSignal(gone, place, 'removed'), at: now });
  }
  for (const { commentId, resolved, resolvedBy } of threads) {
    if (!resolved || resolvedBy === undefined) continue;
    const origin = { source: 'github', deliveryId: `voices:${commentId}`, nth: 0 } as const;
    const verdict = { kind: 'verdict', verdict: 'resolved', reason: '', place, at: now } as const;
    await takeVerdict(runtime, origin, { ...verdict, about: { externalId: commentId }, author: resolvedBy });
  }
  await runtime.store.values.set(key, reactions);
}

function toSignal(
  { on, emoji, author, at }: GivenReaction,
  place: Place,
  action: ReactionSignal['action'],
): ReactionSignal {
  return { kind: 'reaction', action, on, emoji, author, place, at };
}

function same(one: GivenReaction, other: GivenReaction): boolean {
  return one.on === other.on && one.emoji === other.emoji && one.author.id === other.author.id;
}
