import picomatch from 'picomatch';

const GENERATED_NAME = [
  /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|poetry\.lock|uv\.lock|Pipfile\.lock)$/,
  /(^|\/)(Cargo\.lock|Gemfile\.lock|composer\.lock|go\.sum)$/,
  /[.-]min\.(c|m)?(js|css)$/,
  /\.(js|css|ts)\.map$|\.snap$/,
  /(_pb2(_grpc)?\.pyi?|[._]pb\.(js|ts|go|cc|h)|\.generated\.\w+|\.g\.(ts|dart|cs))$/,
  /(^|\/)__generated__\//,
];
const GENERATED_NOTICE = /@generated\b|\b(code|file|automatically|auto-?) ?generated\b.*|\bdo not (edit|modify)\b/i;
const VENDORED =
  /(^|\/)(node_modules|bower_components|jspm_packages|vendor|third[-_]party|site-packages|\.yarn\/(releases|plugins))\//i;

/** True for files that a tool writes (lock files, minified code, snapshots, protocol stubs), by name or by the notice in the first line. */
export function isGenerated(path: string, firstLine = ''): boolean {
  if (GENERATED_NAME.some((pattern) => pattern.test(path))) return true;
  return /^\s*(\/\/|\/\*|#|<!--|--|;|\*)/.test(firstLine) && GENERATED_NOTICE.test(firstLine.slice(0, 500));
}

/** True for other people's code that is kept in the repository. */
export function isVendored(path: string): boolean {
  return VENDORED.test(path);
}

const MATCHERS = new Map<string, (path: string) => boolean>();
const MATCHERS_KEPT = 1_000;

/** Whether a path relative to the repository matches a glob such as `src/**\/*.ts`; dot files match like others. */
export function matchesGlob(pattern: string, path: string): boolean {
  const known = MATCHERS.get(pattern);
  if (known !== undefined) return known(path);
  const matches = picomatch(pattern, { dot: true, maxLength: 1_000 });
  if (MATCHERS.size >= MATCHERS_KEPT) MATCHERS.clear();
  MATCHERS.set(pattern, matches);
  return matches(path);
}
