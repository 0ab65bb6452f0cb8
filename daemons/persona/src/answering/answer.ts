import type { Finding } from '@continuum/contract/finding';
import type { Evidence, KnowledgeAnswer } from '@continuum/contract/knowledge';
import type { PersonaDefinition } from '@continuum/contract/persona';
import { type Answer, answerQuestion } from '@continuum/persona/answer';
import { relationTo } from '@continuum/retrieval/about';
import { type Found, find } from '@continuum/retrieval/find';
import { findingPassage } from '@continuum/retrieval/passages';
import { codeBlock, escapeText } from '@continuum/room/escape';
import { renderEvidence, renderUnknown } from '@continuum/room/evidence';
import type { PersonaRuntime } from '../runtime.ts';
import { gatherPassages, type Place } from './gather.ts';
import { type Writing, write } from './write.ts';

export interface Question extends Place {
  readonly text: string;
}

/**
 * What the team knows about a question (PER-6): what the thread's own finding says of itself, else quotes of what people and
 * findings said, put into words by the model where one is configured; else an honest "I don't know". Throws what store and code
 * host throw; a model that fails costs its words, never the answer.
 */
export async function answerTo(
  runtime: PersonaRuntime,
  persona: PersonaDefinition,
  question: Question,
  writing: Writing = {},
): Promise<KnowledgeAnswer> {
  const passages = await gatherPassages(runtime, question.text, question);
  const found = find(question.text, passages, { ...question, now: runtime.now() });
  const own = ownAnswer(question, found.known, persona);
  const evidence = [
    ...(own === undefined ? [] : [own.evidence]),
    ...found.evidence.filter(({ id }) => id !== own?.evidence.id),
  ];
  const { lookedAt } = found;
  if (evidence.length === 0) return { known: false, text: unknown(question, found), evidence: [], lookedAt };
  const written = await write(runtime, persona, question.text, evidence, writing);
  if (written !== undefined) return { known: true, evidence, lookedAt, ...written };
  if (own === undefined) return { known: true, text: renderEvidence(found.evidence), evidence, lookedAt };
  return { known: true, text: renderOwn(own.answer), evidence: [own.evidence], lookedAt };
}

interface OwnAnswer {
  readonly answer: Answer;
  readonly evidence: Evidence;
}

/** What the thread's finding says of itself, unless the question is about something else, or somebody said it better. */
function ownAnswer({ text, finding }: Question, known: boolean, persona: PersonaDefinition): OwnAnswer | undefined {
  if (finding === undefined) return undefined;
  const passage = findingPassage(finding, persona.name);
  const relation = relationTo(text, passage);
  if (relation === 'about-else' || (relation === 'maybe' && known)) return undefined;
  const answer = answerQuestion(text, finding);
  if (!answer.known) return undefined;
  const { about: _, text: said, ...rest } = passage;
  const quote = [answer.text, ...(said.includes(answer.text) ? [] : [said])].join(' ');
  return { answer, evidence: { ...rest, quote, coverage: 1 } };
}

function renderOwn({ text, code, links }: Answer): string {
  const block = code === undefined ? [] : [codeBlock(code, '')];
  return [escapeText(text), ...block, ...links.map((link) => `<${link}>`)].join('\n\n');
}

function unknown({ finding, repo, text }: Question, { asked, lookedAt }: Found): string {
  const about = finding === undefined ? undefined : aboutFinding(text, finding);
  return about ?? renderUnknown(asked, lookedAt, repo);
}

/** In the thread of a finding, what can be asked about it is worth saying, unless something else was meant. */
function aboutFinding(text: string, finding: Finding): string | undefined {
  if (relationTo(text, findingPassage(finding, '')) === 'about-else') return undefined;
  return escapeText(answerQuestion(text, finding).text);
}
