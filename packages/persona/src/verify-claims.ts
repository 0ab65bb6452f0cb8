import type { ChangedFile, ChangeSet } from '@continuum/contract/change-set';
import type { CandidateFinding, Facts } from '@continuum/contract/finding';
import type { ModelClaim } from './model-review.ts';

export interface VerifyOptions {
  /** Who claims it: the id of the model. */
  readonly claimedBy: string;
  /** Structural facts of a place, when somebody can read them off the syntax tree; neutral ones otherwise. */
  readonly factsAt?: (path: string, line: number) => Facts | undefined;
}

/** A model is never surer than this by itself. */
const MOST_CONFIDENCE = 0.8;
const LEAST_QUOTE = 4;
const MOST_EVIDENCE = 2000;

/**
 * The claims that hold against the change: the file is in it, the line was added, the quote stands at that line (white
 * space ignored). Evidence is the change's own text, never the model's. Everything else is dropped, as are repeats.
 */
export function verifyClaims(
  claims: readonly ModelClaim[],
  change: ChangeSet,
  options: VerifyOptions,
): CandidateFinding[] {
  const byPath = new Map(change.files.map((file) => [file.path, file]));
  const seen = new Set<string>();
  return claims.flatMap((claim) => {
    const file = byPath.get(claim.path);
    const place = file === undefined ? undefined : quotedPlace(claim, file);
    const key = `${claim.path}\0${claim.line}\0${ruleOf(claim)}`;
    if (place === undefined || seen.has(key)) return [];
    seen.add(key);
    return [toCandidate(claim, place, options)];
  });
}

interface Place {
  readonly endLine: number;
  readonly evidence: string;
}

/** The quoted lines as they stand in the change, or undefined when they do not. */
function quotedPlace({ line, quote }: ModelClaim, file: ChangedFile): Place | undefined {
  const added = addedTexts(file);
  const quoted = quote.split('\n').filter((text) => bare(text) !== '');
  if (quoted.length === 0 || bare(quote).length < LEAST_QUOTE) return wholeShortLine(line, quote, added);
  const texts = quoted.map((_, index) => added.get(line + index));
  const matches = quoted.every((text, index) => bare(texts[index] ?? '').includes(bare(text)));
  if (!matches) return undefined;
  const evidence = texts.join('\n').slice(0, MOST_EVIDENCE);
  return { endLine: line + quoted.length - 1, evidence };
}

/** A quote of a few characters counts only when it is all there is on the line. */
function wholeShortLine(line: number, quote: string, added: ReadonlyMap<number, string>): Place | undefined {
  const text = added.get(line);
  const same = text !== undefined && bare(quote) !== '' && bare(text) === bare(quote);
  return same ? { endLine: line, evidence: text } : undefined;
}

function addedTexts(file: ChangedFile): Map<number, string> {
  const lines = file.hunks.flatMap((hunk) => hunk.lines).filter(({ kind }) => kind === 'add');
  return new Map(lines.flatMap(({ newLine, text }) => (newLine === undefined ? [] : [[newLine, text]])));
}

function bare(text: string): string {
  return text.replaceAll(/\s+/g, '');
}

function ruleOf({ cwe, category }: ModelClaim): string {
  return `model/${validCwe(cwe)?.toLowerCase() ?? category}`;
}

function validCwe(cwe: string | null): string | undefined {
  return cwe !== null && /^CWE-\d{1,5}$/.test(cwe) ? cwe : undefined;
}

function toCandidate(claim: ModelClaim, place: Place, options: VerifyOptions): CandidateFinding {
  const cwe = validCwe(claim.cwe);
  const confidence = Number.isFinite(claim.confidence) ? Math.min(MOST_CONFIDENCE, Math.max(0, claim.confidence)) : 0;
  return {
    rule: ruleOf(claim),
    category: claim.category,
    severity: claim.severity,
    confidence,
    path: claim.path,
    line: claim.line,
    ...place,
    column: 1,
    title: claim.title,
    message: claim.message,
    ...(cwe === undefined ? {} : { cwe }),
    facts: options.factsAt?.(claim.path, claim.line) ?? neutralFacts(claim.path),
    claimedBy: [options.claimedBy],
    references: [],
  };
}

const LANGUAGES: Readonly<Record<string, string>> = {
  ...{ js: 'javascript', cjs: 'javascript', mjs: 'javascript', jsx: 'javascript' },
  ...{ ts: 'typescript', mts: 'typescript', cts: 'typescript', tsx: 'typescript', py: 'python' },
};

function neutralFacts(path: string): Facts {
  const extension = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  return {
    language: Object.hasOwn(LANGUAGES, extension) ? (LANGUAGES[extension] ?? extension) : extension,
    pathClass: /(?:^|\/)(?:tests?|__tests__|specs?)\/|\.(?:test|spec)\.\w+$/.test(path) ? 'test' : 'source',
    role: 'other',
    ...{ origins: ['unknown'], guards: [], sanitizers: [], enclosing: [], frameworks: [] },
    ...{ functionName: '', exported: false, callee: '' },
  };
}
