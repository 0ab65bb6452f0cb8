import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChangedFile, ChangeSet } from '@continuum/contract/change-set';
import type { CandidateFinding } from '@continuum/contract/finding';
import type { Analyzer } from '@continuum/contract/ports/analyzer';
import { type AddedDependency, addedDependencies } from '@continuum/review/manifests';
import { plainFacts } from '../ast/facts.ts';
import { judgeLicence, type Verdict } from './policy.ts';

const ID = 'licences';

export interface LicencesOptions {
  /** A trusted `node_modules` folder whose package.json files are read (never run) for licences the change does not state. */
  readonly nodeModules?: string;
}

/** Licences of the dependencies that a change adds, against a list of permissive ones. */
export function createLicencesAnalyzer(options: LicencesOptions = {}): Analyzer {
  return { id: ID, analyze: async (change) => ({ findings: analyze(change, options), skipped: [] }) };
}

function analyze(change: ChangeSet, { nodeModules }: LicencesOptions): CandidateFinding[] {
  const licences = new Map(change.files.flatMap(lockedLicences));
  const reported = new Set<string>();
  // A manifest names what a person chose, a lock file what came along: the first line that names a dependency gets the finding.
  const files = [...change.files].sort((a, b) => Number(isLock(a)) - Number(isLock(b)));
  return files.flatMap((file) =>
    addedDependencies(file).flatMap((dependency) => {
      const { ecosystem, name } = dependency;
      const key = `${ecosystem}:${name}`;
      if (reported.has(key)) return [];
      reported.add(key);
      const npm = ecosystem === 'npm';
      const licence = npm ? (licences.get(name) ?? installedLicence(nodeModules, name)) : undefined;
      const verdict = judgeLicence(licence);
      return verdict === undefined ? [] : [toFinding(dependency, verdict)];
    }),
  );
}

function isLock({ path }: ChangedFile): boolean {
  return /(?:package-lock|npm-shrinkwrap)\.json$/.test(path);
}

/** `[name, licence]` of every entry of a lock file, read line by line so that a sparse text serves as well. */
function lockedLicences(file: ChangedFile): [string, string][] {
  if (!isLock(file) || file.content === null) return [];
  const found: [string, string][] = [];
  let name: string | undefined;
  for (const line of file.content.split('\n')) {
    const opened = /^\s*"([^"]*)"\s*:\s*\{/.exec(line)?.[1];
    if (opened?.includes('node_modules/')) name = opened.slice(opened.lastIndexOf('node_modules/') + 13);
    const licence = /^\s*"license"\s*:\s*"([^"]+)"/.exec(line)?.[1];
    if (name !== undefined && licence !== undefined) found.push([name, licence]);
    if (/^ {0,4}\}/.test(line)) name = undefined;
  }
  return found;
}

function installedLicence(nodeModules: string | undefined, name: string): string | undefined {
  if (nodeModules === undefined) return undefined;
  try {
    const metadata: unknown = JSON.parse(readFileSync(join(nodeModules, name, 'package.json'), 'utf8'));
    if (typeof metadata !== 'object' || metadata === null || !('license' in metadata)) return undefined;
    return typeof metadata.license === 'string' ? metadata.license : undefined;
  } catch {
    return undefined;
  }
}

function toFinding({ path, line, name, text }: AddedDependency, verdict: Verdict): CandidateFinding {
  return {
    rule: `${ID}/${verdict.rule}`,
    category: 'licence',
    severity: verdict.severity,
    confidence: verdict.confidence,
    path,
    line,
    endLine: line,
    column: 1,
    evidence: text.slice(0, 400),
    title: `Licence of ${name}`,
    message: `The new dependency ${name} ${verdict.text}. Check that it may be used here, or choose another one.`,
    facts: { ...plainFacts(path), callee: name },
    claimedBy: [ID],
    references: [`https://www.npmjs.com/package/${name}`].filter(() => path.endsWith('.json')),
  };
}
