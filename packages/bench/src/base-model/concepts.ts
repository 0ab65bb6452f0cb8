/** Groups of names that people see as one thing: what they mean is wider than any single word, and seen in the text only. */
export interface Concept {
  readonly pattern: RegExp;
  readonly where: 'evidence' | 'function' | 'path';
  /** Noun phrases for it. */
  readonly nouns: readonly string[];
}

const evidence = (pattern: RegExp, ...nouns: string[]): Concept => ({ pattern, where: 'evidence', nouns });
const named = (pattern: RegExp, ...nouns: string[]): Concept => ({ pattern, where: 'function', nouns });
const path = (pattern: RegExp, ...nouns: string[]): Concept => ({ pattern, where: 'path', nouns });

export const CONCEPTS: readonly Concept[] = [
  evidence(/\b(log|logger|debug|warn|trace|console)\b/i, 'logging', 'a logger call'),
  evidence(/cache|memo|lru|pool/i, 'a cache', 'the cache of the module', 'memoised'),
  evidence(/\b(el|elem|element|node|dom|parent|child(ren)?)\b/i, 'a DOM node', 'about nodes of the tree'),
  evidence(/\b(cb|callback|handler|listener|fn|done|next)\b/i, 'a callback', 'a handler function'),
  evidence(/\b(err|error|exception|reason)\b/i, 'an error object', 'error handling'),
  evidence(/\b(buf|buffer|bytes|chunk|stream|data)\b/i, 'binary data', 'a buffer'),
  evidence(/\b(str|string|text|line|char|token)s?\b/i, 'text', 'a string being scanned'),
  evidence(/\b(map|table|dict|registry|lookup|index(es)?)\b/i, 'our lookup table', 'a registry of ours'),
  evidence(/\b(module|exports|require)\b/, 'module plumbing', 'loading modules'),
  evidence(/\b(obj|object|target|source|src|dest|dst)\b/i, 'a plain object', 'an object we made'),
  evidence(/\b(result|res|ret|out|output|acc)\b/i, 'the result being built', 'an accumulator'),
  evidence(/\b(args|argv|arguments|params)\b/i, 'the argument list', 'arguments'),
  evidence(/\b(url|uri|href|host|path(name)?)\b/i, 'a URL', 'an address'),
  evidence(/\b(key|name|prop|field|attr)\w*\b/i, 'a key we know', 'named keys'),
  evidence(/\[\s*[a-z]{2,}\s*\]/i, 'an index by name', 'a named subscript'),
  evidence(/["'`]/, 'a quoted string', 'with a literal in it'),
  named(/^(parse|read|decode|lex|scan|load)/i, 'a parser', 'reading input'),
  named(/^(get|has|is|find|resolve|lookup)/i, 'a getter', 'a query function'),
  named(/^(set|put|add|push|insert|update|write)/i, 'a setter', 'a mutator'),
  named(/(each|map|walk|visit|traverse|iterate)/i, 'an iteration helper', 'a walker'),
  named(/(format|print|render|stringify|serialize|to[A-Z])/, 'a formatter', 'printing'),
  named(/(init|setup|create|build|make|construct)/i, 'set-up code', 'a constructor'),
  named(/^$/, 'top-level code', 'outside of functions'),
  named(/^_/, 'an internal function', 'a private helper'),
  path(/(util|helper|common|shared)/i, 'a utility', 'in the helpers'),
  path(/(shim|polyfill|compat|legacy|old|deprecated)/i, 'a shim', 'legacy code'),
  path(/(parser|lexer|token|syntax|ast)/i, 'the parser', 'syntax code'),
  path(/(server|http|net|socket|request)/i, 'the server part', 'network code'),
  path(/(plugin|extension|adapter|loader)/i, 'a plugin', 'an adapter'),
  path(/^[^/]+$/, 'a file at the root', 'top-level files'),
  path(/\/.*\/.*\//, 'deep down in the tree', 'nested folders'),
  path(/index\.\w+$/, 'an index file', 'the entry file'),
  path(/^(?!lib\/)/, 'outside lib', 'not under lib'),
  path(/^(?!src\/)/, 'outside src', 'not in src'),
  path(/^(?!dist\/|build\/)/, 'not the build', 'what people wrote'),
];
