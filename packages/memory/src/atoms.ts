import type { RememberedFinding } from '@continuum/contract/learning';
import { codeTokens, words } from './tokens.ts';

/**
 * What is true of a finding, as `field=value` strings: the alphabet in which people's reasons and the statistics meet.
 * `facts` are structural, `words` are the identifiers and names that stand in path, function and evidence.
 */
export interface Atoms {
  readonly facts: ReadonlySet<string>;
  readonly words: ReadonlySet<string>;
}

const TRUSTED = new Set(['literal', 'constant', 'own-directory', 'configuration', 'loop-variable']);
const UNTRUSTED = new Set(['request', 'parameter', 'file-content']);
const SEVERE = new Set(['critical', 'high']);
const MINOR = new Set(['low', 'info']);

/** Reads the atoms off a finding. */
export function atomsOf(finding: RememberedFinding): Atoms {
  const facts = new Set([...structure(finding), ...origins(finding), ...idioms(finding.evidence)]);
  return { facts, words: new Set([...names(finding), ...evidenceWords(finding.evidence)]) };
}

function structure({ facts, severity, category, path }: RememberedFinding): string[] {
  const folders = path.toLowerCase().split('/').slice(0, -1);
  return [
    `top=${folders[0] ?? ''}`,
    `depth=${Math.min(folders.length, 4)}`,
    `path=${facts.pathClass}`,
    `role=${facts.role}`,
    `severity=${severity}`,
    `category=${category}`,
    `language=${facts.language}`,
    `exported=${facts.exported ? 'yes' : 'no'}`,
    ...(SEVERE.has(severity) ? ['severity=severe'] : []),
    ...(MINOR.has(severity) ? ['severity=minor'] : []),
    ...(facts.pathClass === 'source' ? [] : ['path=not-source']),
    ...(facts.callee === '' ? [] : [`callee=${facts.callee.toLowerCase()}`]),
    ...facts.guards.map((guard) => `guard=${guard}`),
    facts.guards.length > 0 ? 'guarded=yes' : 'guarded=no',
    ...facts.sanitizers.map((sanitizer) => `sanitizer=${sanitizer}`),
    facts.sanitizers.length > 0 ? 'sanitized=yes' : 'sanitized=no',
    ...facts.enclosing.map((construct) => `inside=${construct}`),
    ...facts.frameworks.map((framework) => `framework=${framework}`),
  ];
}

function origins({ facts }: RememberedFinding): string[] {
  const all = facts.origins.map((origin) => `origin=${origin}`);
  if (facts.origins.length > 0 && facts.origins.every((origin) => TRUSTED.has(origin))) all.push('origin=trusted');
  if (facts.origins.some((origin) => UNTRUSTED.has(origin))) all.push('origin=untrusted');
  return all;
}

const IDIOMS: readonly (readonly [string, RegExp])[] = [
  ['short-index', /\[\s*[a-z]\d?\s*\]/],
  ['computed-index', /\[[^\]'"\d]/],
  ['writes', /[^=!<>]=(?!=|>)|\+\+|--|\+=/],
  ['template', /`[^`]*\$\{/],
  ['concatenation', /['"`]\s*\+|\+\s*['"`]/],
  ['this', /\bthis\b/],
  ['arguments', /\barguments\b/],
  ['call', /\w\s*\(/],
  ['negation', /(^|[^!=])!(?!=)/],
  ['upper-constant', /\b[A-Z][A-Z0-9_]{2,}\b/],
  ['private-name', /\b_\w+/],
  ['require', /\brequire\s*\(|\bimport\b/],
  ['environment', /process\.env|os\.environ/],
  ['directory', /__dirname|__filename|import\.meta|process\.cwd/],
  ['string-literal', /['"][^'"]*['"]/],
  ['regex-literal', /\/[^/\s]+\/[gimsuy]*/],
];

function idioms(evidence: string): string[] {
  return IDIOMS.filter(([, pattern]) => pattern.test(evidence)).map(([name]) => `idiom=${name}`);
}

function names({ path, facts }: RememberedFinding): string[] {
  const parts = path.toLowerCase().split('/');
  const file = parts.pop() ?? '';
  return [
    ...parts.map((folder) => `folder=${folder}`),
    `file=${file}`,
    ...words(file).map((word) => `fileword=${word}`),
    `extension=${file.split('.').pop() ?? ''}`,
    ...words(facts.functionName).map((word) => `function=${word}`),
    ...words(facts.callee).map((word) => `calls=${word}`),
  ];
}

function evidenceWords(evidence: string): string[] {
  const index = [...evidence.matchAll(/\[\s*([A-Za-z_$][\w$]*)/g)].map((match) => `index=${match[1] ?? ''}`);
  const tokens = codeTokens(evidence).filter((token) => /^[A-Za-z_$#]/.test(token));
  return [...index, ...tokens.map((token) => `code=${token}`)];
}
