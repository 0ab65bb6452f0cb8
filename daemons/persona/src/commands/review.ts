import type { CommandWord } from './command-word.ts';
import { assertMayWrite, pullRequestOf } from './place.ts';

/** `review`: the pull request once more, all of it. */
export const review: CommandWord = {
  words: 'review',
  usage: 'review',
  summary: 'reviews all of this pull request again, drafts and skipped ones too.',
  async obey(runtime, asked) {
    const ref = pullRequestOf(asked);
    if (ref === undefined) return 'Ask me that on a pull request.';
    await assertMayWrite(runtime, asked.author, asked.message, ref.repo);
    const caller = { kind: 'system', id: 'persona-daemon' } as const;
    const input = { ...ref, anew: asked.message.id };
    const { reviewId, because } = await runtime.commands.execute('review/pull-request', input, { caller });
    const done = reviewId === undefined ? undefined : await runtime.store.reviews.get(reviewId);
    if (done === undefined) return because ?? 'There is nothing to review.';
    const { posted, addedLines, files } = done.stats;
    const found = posted === 0 ? 'Nothing new' : `${posted} new ${posted === 1 ? 'finding' : 'findings'}`;
    return `Read all ${addedLines} added lines in ${files} files again. ${found}.`;
  },
};
