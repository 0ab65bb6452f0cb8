import { classifyReply } from '@continuum/training/classify';
import type { CommandWord } from './command-word.ts';
import { judge, unlearned } from './judge.ts';

/** `learn`: a correction in so many words, or a confirmation. */
export const learn: CommandWord = {
  words: 'learn',
  usage: 'learn <what>',
  summary: 'takes what you say of the finding of this thread as a correction to learn from.',
  async obey(runtime, asked) {
    const { finding, rest } = asked;
    if (finding === undefined) return 'Tell me that in the thread of the finding that it is about.';
    if (rest === '') return 'Tell me what: the words after `learn` are what I learn from.';
    const { verdict } = classifyReply(rest, { aboutFinding: true, authorKind: 'person' });
    const learned = await judge(runtime, asked, finding, verdict === 'affirm' ? 'right' : 'wrong', rest);
    if (learned !== 'active') return unlearned(learned);
    return verdict === 'affirm'
      ? 'Learned that this was right.'
      : 'Learned: this is not wanted, for the reason you give.';
  },
};
