import { toContinuumError } from '@continuum/contract/errors';
import type { Evidence } from '@continuum/contract/knowledge';
import type { PersonaDefinition } from '@continuum/contract/persona';
import { draftOf, objectionTo, WrittenAnswer, writingPrompt } from '@continuum/retrieval/writing';
import { renderWritten } from '@continuum/room/evidence';
import type { PersonaRuntime } from '../runtime.ts';

const TIMEOUT_MS = 60_000;
const MAX_TOKENS = 700;

export interface Writing {
  /** Called with all of the text so far while it is written: unchecked words of a model. */
  readonly onDraft?: (text: string) => void;
  readonly signal?: AbortSignal;
}

export interface Written {
  readonly text: string;
  readonly writtenBy: string;
}

/**
 * Evidence in the words of the configured model; undefined without one, and when it fails or says what the evidence does not.
 * The step holds untrusted text and nothing else: no tools, no way out but this text, whose links are ours (SEC-1, rule of two).
 */
export async function write(
  { model, log }: Pick<PersonaRuntime, 'model' | 'log'>,
  persona: PersonaDefinition,
  question: string,
  evidence: readonly Evidence[],
  { onDraft, signal }: Writing,
): Promise<Written | undefined> {
  if (model === undefined) return undefined;
  let json = '';
  const onText = (piece: string): void => {
    json += piece;
    onDraft?.(draftOf(json));
  };
  try {
    const { value } = await model.generate({
      ...{ messages: writingPrompt(persona, question, evidence), schema: WrittenAnswer, schemaName: 'answer' },
      ...{ maxTokens: MAX_TOKENS, timeoutMs: TIMEOUT_MS },
      ...(onDraft === undefined ? {} : { onText }),
      ...(signal === undefined ? {} : { signal }),
    });
    const objection = value.known ? objectionTo(value, evidence) : 'knows nothing';
    if (objection === undefined) return { text: renderWritten(value.sentences, evidence), writtenBy: model.id };
    log.info({ persona: persona.id, objection }, 'the answer of the model is not shown, the quotes are');
  } catch (thrown) {
    const error = toContinuumError(thrown);
    if (error.code === 'ABORTED') throw thrown;
    log.warn({ code: error.code, persona: persona.id }, `the model wrote no answer: ${error.message}`);
  }
  return undefined;
}
