import type { ChangeSet, SkippedFile } from '@continuum/contract/change-set';
import { toContinuumError } from '@continuum/contract/errors';
import type { CandidateFinding } from '@continuum/contract/finding';
import type { Intent } from '@continuum/contract/intent';
import type { PersonaDefinition } from '@continuum/contract/persona';
import type { LanguageModel } from '@continuum/contract/ports/language-model';
import { ModelReview, reviewPrompt } from '@continuum/persona/model-review';
import { verifyClaims } from '@continuum/persona/verify-claims';
import { redactSecrets, secretValues } from '@continuum/review/secrets';
import type { PersonaRuntime } from '../runtime.ts';

export interface Claims {
  readonly findings: CandidateFinding[];
  readonly skipped: SkippedFile[];
}

export interface AskOptions {
  /** What the change is for. */
  readonly intent: Intent | undefined;
  /** BCP 47 tag. */
  readonly language: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * What the configured language model claims about a change, asked once for each persona that uses one; claims that do
 * not hold against the change are dropped. A model that fails costs its claims, never the review.
 */
export async function askModel(
  runtime: PersonaRuntime,
  change: ChangeSet,
  personas: readonly PersonaDefinition[],
  options: AskOptions,
): Promise<Claims> {
  const { model } = runtime;
  if (model === undefined) return { findings: [], skipped: [] };
  const asked = personas.filter((persona) => persona.usesModel);
  const answers = await Promise.all(asked.map((persona) => askOne(runtime, model, change, persona, options)));
  return { findings: answers.flatMap(({ findings }) => findings), skipped: answers.flatMap(({ skipped }) => skipped) };
}

async function askOne(
  runtime: PersonaRuntime,
  model: LanguageModel,
  change: ChangeSet,
  persona: PersonaDefinition,
  { intent, language, signal }: AskOptions,
): Promise<Claims> {
  const { messages, leftOut } = reviewPrompt(persona, change, { intent, language });
  const skipped = leftOut.map((path) => ({ path, reason: 'over-budget' as const, detail: `not shown to ${model.id}` }));
  try {
    const { value } = await model.generate({
      messages,
      schema: ModelReview,
      schemaName: 'review',
      ...(signal === undefined ? {} : { signal }),
    });
    const findings = verifyClaims(value.findings, change, { claimedBy: model.id });
    return { findings: withoutSecrets(change, findings), skipped };
  } catch (thrown) {
    const error = toContinuumError(thrown);
    runtime.log.warn(
      { persona: persona.id, model: model.id, code: error.code },
      `model gave no review: ${error.message}`,
    );
    return { findings: [], skipped };
  }
}

/** A model quotes the source as it stands; a secret in it goes no further. */
function withoutSecrets(change: ChangeSet, findings: readonly CandidateFinding[]): CandidateFinding[] {
  const contents = new Map(change.files.map(({ path, content }) => [path, content ?? '']));
  return findings.map((finding) => {
    const secrets = secretValues(finding.path, contents.get(finding.path) ?? '');
    const redact = (text: string): string => redactSecrets(text, secrets);
    const { evidence, title, message } = finding;
    return { ...finding, evidence: redact(evidence), title: redact(title), message: redact(message) };
  });
}
