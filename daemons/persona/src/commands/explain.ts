import { answerTo } from '../answering/answer.ts';
import { mostExpert } from '../answering/ask.ts';
import { questionIn } from '../answering/question.ts';
import type { CommandWord } from './command-word.ts';

/** `explain`: why a finding was raised and who taught what decided it, or what the team knows about something else. */
export const explain: CommandWord = {
  words: 'explain',
  usage: 'explain [what]',
  summary:
    'says why the finding of this thread was raised and what decided it, or what the team knows about what you name.',
  async obey(runtime, { finding, rest, message, thread, persona }) {
    if (finding === undefined && rest === '') {
      return 'Ask me that in the thread of a finding, or name what to explain: this thread is about none.';
    }
    const question = await questionIn(runtime, rest === '' ? 'why' : rest, message, thread, finding);
    const speaker =
      persona ??
      runtime.personas.find(({ id }) => id === finding?.persona) ??
      mostExpert(runtime.personas, rest, question.scopes);
    return (await answerTo(runtime, speaker, question)).text;
  },
};
