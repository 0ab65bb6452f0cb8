import type { PathClass } from '@continuum/contract/finding';

/** First match wins: the more telling classes stand first. */
const BY_PATH: readonly (readonly [PathClass, RegExp])[] = [
  [
    'vendored',
    /(^|\/)(node_modules|bower_components|jspm_packages|vendors?|third[-_]?party|site-packages|extern(al)?s?)\//i,
  ],
  ['vendored', /(^|\/)(jquery|bootstrap|angular|lodash|underscore|backbone|moment)[-.\d]*(\.min)?\.js$/i],
  ['test', /(^|\/)(__tests__|__mocks__|__fixtures__|tests?|specs?|fixtures?|e2e|testing|testdata|cypress|mocks?)\//i],
  [
    'test',
    /([._-](test|tests|spec|e2e|cy)\.[cm]?[jt]sx?|(^|\/)(test|tests|spec)\.[cm]?[jt]sx?|(^|\/)(test_[^/]*|[^/]*_test|conftest)\.py)$/i,
  ],
  ['example', /(^|\/)(examples?|demos?|samples?|tutorials?|playground|stories|sandbox)\//i],
  ['example', /((^|\/)(example|demo|sample|usage)[^/]*\.[cm]?[jt]sx?|\.stories\.[jt]sx?)$/i],
  [
    'documentation',
    /(^|\/)(docs?|documentation|website)\/|\.(md|mdx|rst|adoc|txt)$|(^|\/)(README|CHANGELOG|LICENSE)[^/]*$/i,
  ],
  [
    'build-output',
    /(^|\/)(dist|build|out|umd|cjs|esm|es5|es6|lib-es|_build|bundles?|public\/assets|\.next|coverage)\//i,
  ],
  ['build-output', /[.-](min|bundle|umd|iife|prod)\.[cm]?js$|\.map$/i],
  [
    'build-script',
    /(^|\/)(gulpfile|gruntfile|webpack|rollup|vite|esbuild|karma|babel|jest|vitest|tsup)[^/]*\.[cm]?[jt]s$/i,
  ],
  [
    'build-script',
    /(^|\/)(scripts?|tools?|tasks|ci|\.github|\.circleci|gulp|grunt|build-tools)\/|(^|\/)(Makefile|setup\.py|Dockerfile|build\.[cm]?[jt]s)$/i,
  ],
  ['command-line', /(^|\/)(bin|cli|cmd|commands?)\/|(^|\/)(cli|bin|cmd|manage|__main__)\.([cm]?[jt]s|py)$/i],
  [
    'configuration',
    /(^|\/)(config|configs|settings|\.vscode)\/|\.(json|ya?ml|toml|ini|env|cfg|properties|lock)$|(^|\/)\.[^/]*rc(\.\w+)?$|\.config\.[cm]?[jt]s$/i,
  ],
];

const SHEBANG = /^\uFEFF?#!.*\b(node|python\d?|bun|deno|tsx)\b/;
const GENERATED =
  /(^|\n)\s*(\/\/|\/\*+|#|\*)\s*(@generated\b|.*\b(auto-?generated|do not edit)\b)|\b__webpack_require__\b|\bwebpackJsonp\b/i;
const HEAD_CHARACTERS = 2_000;

/** What kind of file a path is, with the content as a second witness (shebang, generated-by notices). */
export function pathClass(path: string, content?: string): PathClass {
  const normal = path.replaceAll('\\', '/').replace(/^\.\//, '');
  const named = BY_PATH.find(([, pattern]) => pattern.test(normal))?.[0];
  if (named !== undefined) return named;
  const head = content?.slice(0, HEAD_CHARACTERS) ?? '';
  if (SHEBANG.test(head)) return 'command-line';
  return GENERATED.test(head) ? 'build-output' : 'source';
}
