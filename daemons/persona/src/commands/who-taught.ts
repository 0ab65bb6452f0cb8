import { answerQuestion } from '@continuum/persona/answer';
import { find } from '@continuum/retrieval/find';
import { codeSpan, escapeText } from '@continuum/room/escape';
import { renderEvidence } from '@continuum/room/evidence';
import { gatherPassages } from '../answering/gather.ts';
import { questionIn } from '../answering/question.ts';
import type { CommandWord } from './command-word.ts';

/** `who taught`: whose corrections decided the finding of this thread, or speak of what is asked. */
export const whoTaught: CommandWord = {
  words: 'who taught',
  usage: 'who taught [what]',
  summary: 'says who taught what decided the finding of this thread, or what you name.',
  async obey(runtime, { rest, message, thread, finding }) {
    const what = rest.replace(/[?.!\s]+$/, '');
    if (finding !== undefined && /^(?:|you|it|this|that|you (?:this|that))$/i.test(what)) {
      const { text, links } = answerQuestion('who taught', finding);
      return [escapeText(text), ...links.map((link) => `<${link}>`)].join('\n\n');
    }
    if (what === '') return 'Name it, or ask me in the thread of a finding.';
    const question = await questionIn(runtime, what, message, thread, undefined);
    const passages = await gatherPassages(runtime, what, question);
    const corrections = passages.filter(({ kind }) => kind === 'correction');
    // A single word names what is meant; there is nothing else that the answer could be about.
    const { evidence } = find(what, corrections, { ...question, now: runtime.now() }, { atLeastWords: 0 });
    return evidence.length === 0 ? `Nobody taught me about ${codeSpan(what.slice(0, 200))}.` : renderEvidence(evidence);
  },
};
