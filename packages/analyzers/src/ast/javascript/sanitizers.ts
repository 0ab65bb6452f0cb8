import type { SyntaxNode } from '../syntax.ts';
import { argumentsOf, stringValue } from './kinds.ts';

const BY_NAME: readonly (readonly [RegExp, string])[] = [
  [
    /(^|\.)(escapeHtml|escapeHTML|htmlEscape|encodeHTML|htmlspecialchars|escapeXml)$|^(he|entities|html-entities)\.(encode|escape)\w*$|^(_|lodash|underscore|validator|mustache)\.escape$|^escape-html$/,
    'escape-html',
  ],
  [
    /(^|\.)(sanitizeHtml|sanitize-html|purify|xss)$|^(DOMPurify|dompurify|isomorphic-dompurify)\.sanitize$/,
    'escape-html',
  ],
  [/^encodeURI(Component)?$|^querystring\.(escape|stringify)$/, 'encode-uri'],
  [/(^|\.)basename$/, 'path-basename'],
  [/^path\.(normalize|resolve|posix\.normalize|win32\.normalize)$/, 'path-normalize'],
  [/(^|\.)(sanitize-?filename|filenamify|sanitizePath|safeJoin|secureJoin|resolve-path)$/i, 'path-sanitize'],
  [
    /(^|\.)(escapeRegExp|escapeStringRegexp|escape-string-regexp|regexEscape|RegExp\.escape|quoteRegExp)$/i,
    'regex-escape',
  ],
  [/^(parseInt|parseFloat|Number|BigInt)$|^(Number|Math)\.\w+$/, 'integer'],
  [
    /(^|\.)(shellescape|shell-escape|shellQuote|escapeShell\w*|escapeArg|quoteArg|shell-quote)(\.quote)?$|^(shell-quote|shq|shlex)\.quote$|^shescape\.\w+$/i,
    'shell-quote',
  ],
  [
    /(^|\.)(mysql2?|connection|pool|db|conn|client|sqlstring|pg-format)\.(escape|escapeId|format|literal|ident)$/i,
    'sql-escape',
  ],
  [/^JSON\.stringify$/, 'json-encode'],
  [/^crypto\.create(Hash|Hmac)\b|\.digest$/, 'hash'],
];

/** What a call does to make its argument harmless, by the function's name or by what it replaces. */
export function sanitizersOfCall(name: string, call: SyntaxNode): string[] {
  const named = BY_NAME.filter(([pattern]) => pattern.test(name)).map(([, sanitizer]) => sanitizer);
  if (/\.(replace|replaceAll)$/.test(name)) named.push(replacement(argumentsOf(call)));
  return named;
}

function replacement([pattern, by]: SyntaxNode[]): string {
  const source = pattern?.text ?? '';
  if (/\\\.\\?\.|\.\./.test(source)) return 'path-strip-dots';
  if (/&amp;|&lt;/.test(by?.text ?? '') || /^\/\[?[<>&]/.test(source)) return 'escape-html';
  if (/\\\\\$&|\\\\\$1/.test(by?.text ?? '')) return 'regex-escape';
  if (/\['"]|\["']|["']\\''/.test(source)) return 'strip-quotes';
  if (/^\/\[\^/.test(source) && (stringValue(by) ?? '?').length <= 1) return 'allow-list-characters';
  return 'replace';
}
