import { type Finding, SEVERITY_RANK, type Severity } from '@continuum/contract/finding';
import type { SarifLevel, SarifRule } from './shape.ts';

const LEVEL: Record<Severity, SarifLevel> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  info: 'note',
};
/** Inside the bands of code scanning: critical over 9.0, high from 7.0, medium from 4.0, low above 0. */
const SECURITY_SEVERITY: Record<Severity, string> = {
  critical: '9.5',
  high: '8.0',
  medium: '5.5',
  low: '2.0',
  info: '0.5',
};

/** How loudly a severity is said. */
export function levelOf(severity: Severity): SarifLevel {
  return LEVEL[severity];
}

/** One rule for each rule id, in the order of the ids; it is as severe as its worst finding. */
export function toRules(findings: readonly Finding[]): SarifRule[] {
  const byRule = Map.groupBy(findings, ({ rule }) => rule);
  return [...byRule]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([id, group]) => {
      const [worst] = group.toSorted((a, b) => SEVERITY_RANK[b.severity] - SEVERITY_RANK[a.severity]);
      return worst === undefined ? [] : [toRule(id, worst)];
    });
}

function toRule(id: string, finding: Finding): SarifRule {
  const { title, message, severity, category } = finding;
  const links = helpLinks(finding);
  const [helpUri] = links;
  const isSecurity = category === 'security' || category === 'secret';
  return {
    id,
    name: nameOf(id),
    shortDescription: { text: plain(title) },
    fullDescription: { text: plain(title) },
    help: {
      text: [plain(message), ...links].join('\n'),
      markdown: [plain(message), ...links.map((address) => `- <${address}>`)].join('\n\n'),
    },
    ...(helpUri === undefined ? {} : { helpUri }),
    defaultConfiguration: { level: levelOf(severity) },
    properties: {
      tags: [category, ...(finding.cwe === undefined ? [] : [`external/cwe/${finding.cwe.toLowerCase()}`])],
      ...(isSecurity ? { 'security-severity': SECURITY_SEVERITY[severity] } : {}),
    },
  };
}

/** Where the weakness is described: MITRE's catalogue first. */
function helpLinks({ cwe, references }: Finding): string[] {
  const weakness = cwe === undefined ? [] : [`https://cwe.mitre.org/data/definitions/${cwe.slice('CWE-'.length)}.html`];
  const safe = references.filter((address) => /^https?:\/\/[^\s<>"\\]+$/.test(address) && URL.canParse(address));
  return [...new Set([...weakness, ...safe])];
}

/** `ast/js-command-injection` as `AstJsCommandInjection`. */
function nameOf(id: string): string {
  const words = id.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  return words.map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`).join('');
}

/** Text of a message that holds no embedded link (SARIF 2.1.0, 3.11.6): what came from a change names no address to click. */
export function plain(text: string): string {
  return text.replaceAll('](', '] (');
}
