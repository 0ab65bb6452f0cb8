import type { Passage } from '@continuum/contract/knowledge';
import { questionTerms, termsOf } from './terms.ts';

const POINTS_AT_IT = /\b(?:this|that|it|its|these|those|here|you|your)\b/i;

/** Whether a question about a thread means the thing that the thread is about. */
export type Relation = 'about-it' | 'maybe' | 'about-else';

/** "Why is that bad?" is about what the thread is about; "why does checkout return 409?" is not, wherever it is asked. */
export function relationTo(question: string, passage: Passage): Relation {
  const said = new Set(termsOf(`${passage.text} ${passage.about}`));
  const asked = questionTerms(question).filter(({ weight }) => weight >= 1);
  const elsewhere = asked.filter(({ term }) => !said.has(term)).reduce((sum, { weight }) => sum + weight, 0);
  if (elsewhere === 0) return 'about-it';
  if (elsewhere >= 2) return 'about-else';
  return POINTS_AT_IT.test(question) ? 'about-it' : 'maybe';
}
