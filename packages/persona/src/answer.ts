import type { Finding, Reason } from '@continuum/contract/finding';

export interface Answer {
  /** False when the finding does not hold the answer; the text then says so. */
  readonly known: boolean;
  /** Plain sentences; parts of it come from the change under review, so escape it before it is shown. */
  readonly text: string;
  /** Code to show below the text. */
  readonly code?: string;
  /** Where what the answer says was said. */
  readonly links: readonly string[];
}

type Topic = (finding: Finding) => Answer | undefined;

const TOPICS: readonly (readonly [RegExp, Topic])[] = [
  [/\b(?:fix|fixed|solve|resolve|repair|instead|should i|should we|what to do|suggest)/, howToFix],
  [/\b(?:who|correction|remember|learned|taught|memory|decided)\b/, whoTaught],
  [/\b(?:sure|certain|confiden|score|likely|probab)/, howSure],
  [/\b(?:cwe|what kind|category|severity|how bad|how severe|serious)\b/, whatKind],
  [/\b(?:where|which (?:line|file)|what line)\b/, where],
  [/\b(?:why|reason|explain|how come|how is|what makes|problem|exploit|attack|what do you mean|tell me more)\b/, why],
];

/**
 * Answers a question about a finding with what the finding itself holds: its message, judgement, suggestion and links.
 * Nothing is made up: a question it does not cover gets an honest "I don't know".
 */
export function answerQuestion(question: string, finding: Finding): Answer {
  const asked = question.toLowerCase();
  for (const [pattern, topic] of TOPICS) {
    const answer = pattern.test(asked) ? topic(finding) : undefined;
    if (answer !== undefined) return answer;
  }
  return unknown(finding);
}

function unknown({ path, line }: Finding): Answer {
  const text = `I don't know. About ${path}:${line} I can say why I raised it, how sure I am, who taught me and how to fix it.`;
  return { known: false, text, links: [] };
}

function linksOf(reasons: readonly Reason[]): string[] {
  return [...new Set(reasons.flatMap(({ link }) => (link === undefined ? [] : [link])))];
}

function sentences(parts: readonly string[]): string {
  return parts.map((part) => part.trim().replace(/[^.!?]$/, '$&.')).join(' ');
}

function why(finding: Finding): Answer {
  const reasons = finding.judgement.why.slice(0, 4);
  const text = sentences([finding.message, ...reasons.map((reason) => reason.text)]);
  return { known: true, text, links: [...linksOf(reasons), ...finding.references.slice(0, 3)] };
}

function howToFix({ suggestion, message, references }: Finding): Answer | undefined {
  if (suggestion !== undefined) {
    const lines =
      suggestion.startLine === suggestion.endLine
        ? `line ${suggestion.startLine}`
        : `lines ${suggestion.startLine} to ${suggestion.endLine}`;
    return { known: true, text: `Replace ${lines} with this:`, code: suggestion.replacement, links: [] };
  }
  const advice = message
    .split(/(?<=[.!?])\s+/)
    .filter((sentence) =>
      /\b(?:use|instead|replace|avoid|remove|bind|escape|validate|check|pass|rotate|move)\b/i.test(sentence),
    );
  return advice.length === 0 ? undefined : { known: true, text: sentences(advice), links: references.slice(0, 3) };
}

function whoTaught({ judgement }: Finding): Answer {
  const taught = judgement.why.filter(({ kind }) => kind === 'memory' || kind === 'declined' || kind === 'rule');
  if (taught.length === 0) return { known: true, text: 'No correction decided this; the analyzers did.', links: [] };
  return { known: true, text: sentences(taught.map(({ text }) => text)), links: linksOf(taught) };
}

function howSure({ judgement, claimedBy, confidence }: Finding): Answer {
  const score = `I give it ${Math.round(judgement.score * 100)} % that your team wants to see this`;
  const claim = `${claimedBy.length === 0 ? 'The analyzer' : claimedBy.join(' and ')} alone says ${Math.round(confidence * 100)} %`;
  return { known: true, text: sentences([score, claim]), links: [] };
}

function whatKind({ severity, category, cwe, rule }: Finding): Answer {
  const known = cwe === undefined ? [] : [`https://cwe.mitre.org/data/definitions/${cwe.slice('CWE-'.length)}.html`];
  const text = `Severity ${severity}, category ${category}${cwe === undefined ? '' : `, ${cwe}`}, found by ${rule}.`;
  return { known: true, text, links: known };
}

function where({ path, line, endLine }: Finding): Answer {
  return { known: true, text: `${path}, line ${line}${endLine > line ? ` to ${endLine}` : ''}.`, links: [] };
}
