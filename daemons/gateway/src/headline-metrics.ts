import type { Finding } from '@continuum/contract/finding';
import type { HeadlineMetrics } from '@continuum/contract/http';
import type { Memory } from '@continuum/contract/learning';
import type { OutcomeCount } from '@continuum/contract/ports/store';

/** What the metrics are counted from. */
export interface Outcomes {
  readonly counts: readonly OutcomeCount[];
  /** Declining memories: when a fingerprint was declined first. */
  readonly declines: readonly Memory[];
  /** Findings that people saw. */
  readonly shown: readonly Finding[];
  /** Confirmed findings, also those that had been withheld. */
  readonly confirmed: readonly Finding[];
}

interface Tally {
  readonly posted: number;
  readonly wanted: number;
  readonly addressed: number;
  readonly declined: number;
  /** Wanted by a person, but withheld. */
  readonly missed: number;
  readonly declinedFingerprints: number;
  readonly repeated: number;
}

/** LOOP-5 for everything together (persona `*`, scope `/`) first, then for each persona in each scope. */
export function headlineMetrics(outcomes: Outcomes): HeadlineMetrics[] {
  const groups = new Map(outcomes.counts.map(({ persona, scope }) => [`${persona} ${scope}`, { persona, scope }]));
  const rows = [...groups.values()].map((group) => row(group, outcomes));
  return [row({ persona: '*', scope: '/' }, outcomes), ...rows];
}

interface Group {
  readonly persona: string;
  readonly scope: string;
}

function row(group: Group, outcomes: Outcomes): HeadlineMetrics {
  const tally = count(group, outcomes);
  return {
    ...group,
    posted: tally.posted,
    addressedRate: ratio(tally.addressed, tally.posted),
    humanCorrectionRate: ratio(tally.declined, tally.posted),
    repeatAfterDeclineRate: ratio(tally.repeated, tally.declinedFingerprints),
    precision: ratio(tally.wanted, tally.wanted + tally.declined),
    recall: ratio(tally.wanted, tally.wanted + tally.missed),
  };
}

function count(group: Group, { counts, declines, shown, confirmed }: Outcomes): Tally {
  const sum = (...statuses: string[]) =>
    counts
      .filter((entry) => belongs(group, entry) && statuses.includes(entry.status))
      .reduce((total, entry) => total + entry.count, 0);
  const missed = confirmed.filter((finding) => belongs(group, finding) && finding.withheldBecause !== undefined).length;
  const declinedAt = firstDeclines(declines.filter((memory) => belongs(group, memory)));
  const repeated = new Set(shown.filter((finding) => isRepeat(finding, declinedAt)).map(fingerprintKey));
  const addressed = sum('addressed', 'resolved');
  return {
    posted: sum('posted', 'declined', 'confirmed', 'addressed', 'resolved') - missed,
    wanted: addressed + sum('confirmed') - missed,
    addressed,
    declined: sum('declined'),
    missed,
    declinedFingerprints: declinedAt.size,
    repeated: repeated.size,
  };
}

function belongs(group: Group, entry: { readonly persona?: string | undefined; readonly scope: string }): boolean {
  return group.persona === '*' || (entry.persona === group.persona && entry.scope === group.scope);
}

function firstDeclines(declines: readonly Memory[]): Map<string, string> {
  const first = new Map<string, string>();
  for (const memory of declines) {
    const key = fingerprintKey(memory);
    const known = first.get(key);
    if (memory.fingerprint !== undefined && (known === undefined || memory.at < known)) first.set(key, memory.at);
  }
  return first;
}

function isRepeat(finding: Finding, declinedAt: ReadonlyMap<string, string>): boolean {
  const declined = declinedAt.get(fingerprintKey(finding));
  return declined !== undefined && finding.at > declined;
}

function fingerprintKey(entry: { readonly repo: string; readonly fingerprint?: string | undefined }): string {
  return `${entry.repo} ${entry.fingerprint ?? ''}`;
}

function ratio(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}
