import type { Severity } from '@continuum/contract/finding';
import satisfies from 'spdx-satisfies';

/** Licences under which code may be used in a closed product with attribution alone. */
const PERMISSIVE = [
  '0BSD',
  'AFL-2.1',
  'Apache-2.0',
  'Artistic-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BSD-3-Clause-Clear',
  'BSL-1.0',
  'CC-BY-3.0',
  'CC-BY-4.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'PSF-2.0',
  'Python-2.0',
  'Unicode-3.0',
  'Unicode-DFS-2016',
  'Unlicense',
  'WTFPL',
  'Zlib',
];
const STRONG =
  /\b(?:A?GPL|SSPL|OSL|EUPL|CC-BY-SA|CC-BY-NC|BUSL|Elastic)(?=-|\b)|^UNLICENSED$|proprietary|commons.clause/i;
const WEAK = /\b(?:LGPL|MPL|EPL|CDDL|CPL|MS-RL)(?=-|\b)/i;

export interface Verdict {
  readonly rule: 'copyleft' | 'weak-copyleft' | 'not-permissive' | 'unknown';
  readonly severity: Severity;
  readonly confidence: number;
  readonly text: string;
}

/** What our policy says about a licence; undefined when it is permissive. An expression with a permissive choice is. */
export function judgeLicence(licence: string | undefined): Verdict | undefined {
  const text = licence?.trim() ?? '';
  if (text === '' || /^SEE LICEN[CS]E IN/i.test(text)) {
    return { rule: 'unknown', severity: 'low', confidence: 0.3, text: 'states no licence that can be checked here' };
  }
  if (isPermissive(text)) return undefined;
  // "LGPL" contains "GPL" only behind another letter, so the strong pattern does not match it.
  const severity = STRONG.test(text) ? 'high' : 'medium';
  const rule = STRONG.test(text) ? 'copyleft' : WEAK.test(text) ? 'weak-copyleft' : 'not-permissive';
  return { rule, severity, confidence: rule === 'not-permissive' ? 0.5 : 0.9, text: `is under ${text.slice(0, 80)}` };
}

function isPermissive(expression: string): boolean {
  try {
    return satisfies(expression, PERMISSIVE);
  } catch {
    return false;
  }
}
