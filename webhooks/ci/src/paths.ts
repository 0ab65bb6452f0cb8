/**
 * A path or `file:` address of a report, relative to the folder that the tool ran in; absolute where that is not known, so that
 * it can still be told by its end. Undefined for what leads out of the repository or is no file.
 */
export function reportedPath(reported: string, root: string | undefined): string | undefined {
  const plain = plainPath(reported);
  if (plain === undefined || plain.length > 2_000) return undefined;
  const base = root === undefined ? undefined : plainPath(root)?.replace(/\/+$/, '');
  const below =
    base !== undefined && base !== '' && plain.startsWith(`${base}/`) ? plain.slice(base.length + 1) : plain;
  const parts = below.split('/').filter((part, index) => part !== '.' && (part !== '' || index === 0));
  const path = parts.join('/');
  return path === '' || path === '/' || parts.includes('..') || hasControl(path) ? undefined : path;
}

function plainPath(reported: string): string | undefined {
  const slashed = reported.slice(0, 4_000).replaceAll('\\', '/');
  if (/^file:/i.test(slashed))
    return decoded(slashed.replace(/^file:(?:\/\/[^/]*)?/i, '')).replace(/^\/(?=[A-Za-z]:\/)/, '');
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(slashed)) return undefined;
  return slashed;
}

/** Percent-encoding taken off, where it is one. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function hasControl(text: string): boolean {
  return [...text].some((char) => (char.codePointAt(0) ?? 0) < 0x20);
}
