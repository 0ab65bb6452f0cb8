/** A file name as a diff writes it, with how much of it can be trusted. */
export interface DiffName {
  /** Readable name, or the escaped form when it is not UTF-8. */
  readonly name: string;
  /** False when the bytes are not UTF-8. */
  readonly readable: boolean;
}

const SIMPLE_ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
  '"': 34,
  '\\': 92,
};
const ESCAPE = /\\([0-3][0-7]{2}|[abtnvfr"\\])|([^\\]+)|(\\)/gu;

/** Undoes git's C-style quoting (git-config(1), `core.quotePath`); a name without quotes stands as it is. */
export function unquote(written: string): DiffName {
  if (written.length < 2 || !written.startsWith('"') || !written.endsWith('"')) {
    return { name: written, readable: !written.includes('\uFFFD') };
  }
  const inner = written.slice(1, -1);
  try {
    const name = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(quotedBytes(inner));
    return { name, readable: !name.includes('\uFFFD') && !name.includes('\0') };
  } catch {
    return { name: inner, readable: false };
  }
}

function quotedBytes(inner: string): Uint8Array {
  const parts = Array.from(inner.matchAll(ESCAPE), ([whole, escaped]) => {
    if (escaped === undefined) return Buffer.from(whole, 'utf8');
    return Buffer.from([SIMPLE_ESCAPES[escaped] ?? Number.parseInt(escaped, 8)]);
  });
  return Buffer.concat(parts);
}

/** Git's prefixes: a/ b/ by default, i/ w/ c/ o/ with `diff.mnemonicPrefix`, 1/ 2/ with `--no-index`. */
const PREFIX = /^[abciwo12]\//;

/** The two names of a `diff --git` line whose sides differ in the prefix only; undefined for renames and odd prefixes. */
export function headerName(rest: string): DiffName | undefined {
  const sides = rest.startsWith('"') ? quotedSides(rest) : equalHalves(rest);
  if (sides === undefined) return undefined;
  const [left, right] = sides;
  if (left.name === right.name) return right;
  const prefixed = PREFIX.test(left.name) && PREFIX.test(right.name);
  if (!prefixed || left.name.slice(2) !== right.name.slice(2)) return undefined;
  return { name: right.name.slice(2), readable: right.readable };
}

function quotedSides(rest: string): [DiffName, DiffName] | undefined {
  const found = /^("(?:[^"\\]|\\.)*") ("(?:[^"\\]|\\.)*")$/.exec(rest);
  return found === null ? undefined : [unquote(found[1] ?? ''), unquote(found[2] ?? '')];
}

/** Both sides are equally long, so the space in the very middle separates them whatever the name contains. */
function equalHalves(rest: string): [DiffName, DiffName] | undefined {
  const middle = (rest.length - 1) / 2;
  if (!Number.isInteger(middle) || rest.charAt(middle) !== ' ') return undefined;
  return [unquote(rest.slice(0, middle)), unquote(rest.slice(middle + 1))];
}

/** The name after `--- ` or `+++ `: quotes undone, a timestamp after a tab cut off; undefined for `/dev/null`. */
export function sideName(rest: string): DiffName | undefined {
  const written = rest.startsWith('"') ? rest.replace(/"\t.*$/, '"') : rest.replace(/\t.*$/, '');
  return written === '/dev/null' ? undefined : unquote(written);
}

/** Drops `a/` and `b/` when both sides (or the only one) carry a prefix. */
export function stripPrefixes(
  before: DiffName | undefined,
  after: DiffName | undefined,
): [DiffName | undefined, DiffName | undefined] {
  const present = [before, after].filter((side) => side !== undefined);
  const prefixes = present.map(({ name }) => (PREFIX.test(name) ? name.charAt(0) : undefined));
  const both = prefixes.length === 2 && prefixes[0] === prefixes[1];
  if (both || prefixes.includes(undefined)) return [before, after];
  const strip = (side: DiffName | undefined) => side && { ...side, name: side.name.slice(2) };
  return [strip(before), strip(after)];
}
