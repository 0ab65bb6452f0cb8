import type { ChangeSet, SkippedFile } from '@continuum/contract/change-set';
import type { CommandParsed } from '@continuum/contract/command';
import type { CandidateFinding } from '@continuum/contract/finding';
import type { PersonaDefinition } from '@continuum/contract/persona';
import type { PersonaRuntime } from '../runtime.ts';
import { askModel } from './model.ts';
import type { Reading } from './reading.ts';

export interface Analysis {
  readonly candidates: CandidateFinding[];
  readonly skipped: SkippedFile[];
}

/** Looks at all manifests of a change together, however large it is. */
const AT_ALL_OF_IT: ReadonlySet<string> = new Set(['licences']);

/** What analyzers and models claim about what is read, one part after the other: memory and prompts stay bounded. */
export async function analyse(
  runtime: PersonaRuntime,
  { parts }: Reading,
  input: CommandParsed<'review/run'>,
  personas: readonly PersonaDefinition[],
  signal: AbortSignal | undefined,
): Promise<Analysis> {
  const wanted = new Set(personas.flatMap(({ skills }) => skills.map(({ analyzer }) => analyzer)));
  const known = [...wanted].filter((id) => runtime.analyzers.analyzers.includes(id));
  const analyzers = known.filter((id) => parts.length === 1 || !AT_ALL_OF_IT.has(id));
  const results: Analysis[] = [];
  for (const part of parts) {
    signal?.throwIfAborted();
    const [analysed, claimed] = await Promise.all([
      runtime.analyzers.analyze(part, { analyzers, ...(signal === undefined ? {} : { signal }) }),
      askModel(runtime, part, personas, { intent: input.intent, language: input.terms?.language, signal }),
    ]);
    results.push({ candidates: analysed.findings, skipped: analysed.skipped });
    results.push({ candidates: claimed.findings, skipped: claimed.skipped });
  }
  if (parts.length > 1) results.push(await atOnce(runtime, input.change, parts, known, signal));
  return {
    candidates: results.flatMap(({ candidates }) => candidates),
    skipped: results.flatMap(({ skipped }) => skipped),
  };
}

async function atOnce(
  runtime: PersonaRuntime,
  change: ChangeSet,
  parts: readonly ChangeSet[],
  known: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Analysis> {
  const analyzers = known.filter((id) => AT_ALL_OF_IT.has(id));
  if (analyzers.length === 0) return { candidates: [], skipped: [] };
  const whole = { ...change, files: parts.flatMap(({ files }) => files), skipped: [] };
  const options = { analyzers, ...(signal === undefined ? {} : { signal }) };
  const { findings } = await runtime.analyzers.analyze(whole, options);
  // What is not read is named by the parts already.
  return { candidates: findings, skipped: [] };
}
