/** Most keys taken from one text: who pastes a changelog does not make a hundred requests. */
const MOST_KEYS = 10;
/** Longest text that is looked at, in characters. */
const MOST_CHARACTERS = 100_000;

/** Names with a number that look like keys and are none: standards, algorithms, encodings, licences. */
const NO_PROJECTS: ReadonlySet<string> = new Set([
  ...['UTF', 'ISO', 'IEC', 'IEEE', 'RFC', 'ECMA', 'ES', 'ANSI', 'ASCII', 'BCP', 'FIPS', 'NIST', 'PCI', 'SOC'],
  ...['SHA', 'SHA1', 'SHA2', 'SHA3', 'MD', 'AES', 'RSA', 'DES', 'HMAC', 'CRC', 'ED', 'TLS', 'SSL', 'HTTP', 'IPV'],
  ...['CVE', 'CWE', 'GHSA', 'MIT', 'BSD', 'GPL', 'LGPL', 'AGPL', 'APACHE', 'MPL', 'CC'],
  ...['GPT', 'LLAMA', 'COVID', 'WIN', 'X86', 'ARM', 'UTC', 'GMT', 'HEAD', 'PR', 'VS', 'V', 'RC'],
]);

/**
 * Keys of tickets that a text names as people write them (`ENG-42`, `PROJ_X-7`), in the order of their first mention, each once,
 * ten at most. Names of standards such as `UTF-8` are none. A key that no tracker knows costs one question.
 */
export function ticketKeys(text: string): string[] {
  return pick(text.slice(0, MOST_CHARACTERS).matchAll(/(?<![\w./-])([A-Z][A-Z0-9_]{1,19})-([1-9]\d{0,6})(?![\w-])/g));
}

/** The same for the name of a branch, where keys stand in small letters between other words: `ada/eng-42-login`. */
export function branchTicketKeys(branch: string): string[] {
  const name = branch.slice(0, 300).toUpperCase();
  return pick(name.matchAll(/(?<![A-Z0-9])([A-Z][A-Z0-9]{1,9})-([1-9]\d{0,6})(?![A-Z0-9.])/g));
}

function pick(matches: Iterable<RegExpMatchArray>): string[] {
  const keys = new Set<string>();
  for (const [, project = '', number = ''] of matches) {
    if (!NO_PROJECTS.has(project)) keys.add(`${project}-${number}`);
    if (keys.size === MOST_KEYS) break;
  }
  return [...keys];
}
