/** How people of the generated teams speak of an atom: noun phrases that complete "this is ..." or "we do not mind ...". */
export const NOUNS: Readonly<Record<string, readonly string[]>> = {
  'path=test': ['a test', 'test code', 'only exercised by the specs', 'part of the fixtures'],
  'path=build-output': ['generated', 'compiled output', 'bundled code', 'something the build emits'],
  'path=build-script': ['a build script', 'tooling', 'run at build time only'],
  'path=command-line': ['a command line tool', 'the CLI', 'something a developer starts by hand'],
  'path=example': ['an example', 'demo code', 'a sample for the readers'],
  'path=vendored': ['vendored', 'third-party code', 'copied from upstream'],
  'path=documentation': ['documentation', 'for the docs'],
  'path=configuration': ['a config file', 'settings we ship'],
  'path=not-source': ['not in our real sources', 'outside the library proper', 'nothing that ships'],
  'role=read': ['just a read', 'a lookup', 'reading and nothing else'],
  'role=assigned': ['an assignment', 'a write', 'storing into it'],
  'role=called': ['a call', 'invoking it'],
  'role=argument': ['passed as an argument', 'only handed on'],
  'role=loop-index': ['a loop index', 'an iteration counter', 'a number that counts'],
  'role=returned': ['only returned', 'a return value'],
  'role=interpolated': ['string building', 'a template string'],
  'origin=literal': ['a fixed string', 'a literal', 'hard-coded'],
  'origin=constant': ['one of our constants', 'an enum value', 'defined in this file'],
  'origin=trusted': ['trusted', 'a value of our own', 'internal', 'nothing an outsider can set'],
  'origin=parameter': ['a parameter', 'up to the caller', 'handed in by whoever calls'],
  'origin=untrusted': ['outside input', 'user controlled', 'tainted data'],
  'origin=environment': ['from the environment', 'a deploy setting'],
  'origin=configuration': ['configuration', 'from the settings'],
  'origin=own-directory': ['our own directory', 'relative to the module'],
  'origin=property': ['a property of ours', 'a field'],
  'origin=call-result': ['the result of a call', 'computed by a function'],
  'origin=unknown': ['of unclear origin'],
  'origin=loop-variable': ['the loop variable', 'from the for loop'],
  'guarded=yes': ['checked before', 'guarded', 'validated above'],
  'guarded=no': ['without any check', 'unguarded'],
  'guard=type-check': ['behind a typeof', 'type checked'],
  'guard=own-property': ['behind hasOwnProperty', 'restricted to own properties'],
  'guard=try': ['inside a try', 'caught if it fails'],
  'guard=allow-list': ['on an allow-list', 'checked against known keys'],
  'sanitized=yes': ['sanitized', 'escaped already', 'cleaned before'],
  'sanitized=no': ['raw', 'not escaped'],
  'exported=no': ['private', 'an internal helper', 'not exported'],
  'exported=yes': ['exported', 'a public function', 'an entry point'],
  'severity=minor': ['low severity', 'a nit', 'minor'],
  'severity=severe': ['severe', 'high risk', 'critical'],
  'severity=medium': ['medium', 'moderate'],
  'inside=callback': ['in a callback', 'inside a handler'],
  'inside=loop': ['inside a loop'],
  'inside=class': ['in a class', 'a class method'],
  'inside=module': ['at module level', 'run once at load'],
  'inside=method': ['in a method'],
  'idiom=this': ['on this', 'instance state'],
  'idiom=private-name': ['an underscore name', 'a private field'],
  'idiom=short-index': ['a short index', 'indexed by i'],
  'idiom=computed-index': ['a computed key', 'dynamic access'],
  'idiom=writes': ['a write', 'an assignment'],
  'idiom=template': ['a template literal'],
  'idiom=concatenation': ['string concatenation', 'glued together'],
  'idiom=require': ['a require', 'an import'],
  'idiom=environment': ['process.env', 'environment'],
  'idiom=directory': ['__dirname', 'our own folder'],
  'idiom=upper-constant': ['an upper-case constant', 'a constant'],
  'idiom=arguments': ['the arguments object'],
  'idiom=negation': ['a negation'],
};

/** Around a noun phrase, when declining. */
export const DECLINE = [
  'this is {}',
  '{}, skip it',
  'we never flag what is {}',
  'no remarks on code that is {}',
  'fine here: {}',
  '{} - by design',
  'it is {}, nobody is hurt',
  'please stop: {}',
] as const;

/** Around a noun phrase, when a finding is right because the phrase does not hold. */
export const AFFIRM_NEGATED = [
  'right, this is not {}',
  'yes: it is no longer {}',
  'agreed, not {}',
  'valid, since it is not {}',
] as const;

export const AFFIRM_PLAIN = ['yes', 'good find', 'will fix', 'right', 'agreed', 'valid', 'thank you', '+1'] as const;
export const DECLINE_PLAIN = ['no', 'noise', 'leave it', 'not useful', 'we disagree', 'false alarm', '-1'] as const;

/** About names in the code. */
export const WORD_DECLINE = [
  '{} is fine',
  'anything with {} in it is ours',
  'we trust {}',
  'the {} part was audited',
  '{} does that on purpose',
  'leave {} alone',
] as const;

/** About a rule as a whole. */
export const RULE_DECLINE = [
  'we do not care about {}',
  '{} warnings are noise',
  'stop reporting {}',
  '{} is what this product does',
  'not interested in {}',
] as const;

/** Said beside the point. */
export const BESIDE = [
  'see the other thread',
  'the pipeline was slow today',
  'will be rewritten next month',
  'ask the person who wrote the tests',
  'somebody should document the settings',
] as const;
