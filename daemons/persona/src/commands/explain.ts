import { answerQuestion } from '@continuum/persona/answer';
import { codeBlock, escapeText } from '@continuum/room/escape';
import type { CommandWord } from './command-word.ts';

/** `explain`: why a finding was raised, and who taught what decided it. */
export const explain: CommandWord = {
  words: 'explain',
  usage: 'explain',
  summary: 'says why the finding of this thread was raised and what decided it.',
  async obey(_runtime, { finding, rest }) {
    if (finding === undefined) return 'Ask me that in the thread of a finding: this one is about none.';
    const answer = answerQuestion(rest === '' ? 'why' : rest, finding);
    const code = answer.code === undefined ? [] : [codeBlock(answer.code, '')];
    return [escapeText(answer.text), ...code, ...answer.links.map((link) => `<${link}>`)].join('\n\n');
  },
};
