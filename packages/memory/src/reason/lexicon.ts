/** A pattern over lower-case text and the atoms that it speaks of. */
export interface Entry {
  readonly pattern: RegExp;
  readonly atoms: readonly string[];
}

const entry = (pattern: RegExp, ...atoms: string[]): Entry => ({ pattern, atoms });

/** Where the code stands. */
const PLACES: readonly Entry[] = [
  entry(
    /\b(unit |integration |e2e )?(tests?|specs?|test[- ]suites?|test[- ](code|files?|cases?)|fixtures?|mocks?|stubs?|jest|mocha)\b/,
    'path=test',
    'inside=test-case',
  ),
  entry(/\b(examples?|demos?|samples?|tutorials?|playgrounds?|showcases?|snippets?)\b/, 'path=example'),
  entry(
    /\b(vendor(ed|s)?|third[- ]party|3rd[- ]party|not our code|not ours|upstream (code|library|lib)|copied (in|from)|bundled (library|dependency|copy)|someone else'?s)\b/,
    'path=vendored',
  ),
  entry(
    /\b(dist|bundles?|bundled|minified|transpiled|compiled|generated|build (output|artifacts?|products?)|artefacts?|artifacts?|emitted)\b/,
    'path=build-output',
  ),
  entry(
    /\b(build[- ](tool(ing|s)?|scripts?|steps?|time)|tooling|(gulp|grunt|webpack|rollup)(file)?|(dev|ci|release|maintenance)[- ](scripts?|tool(s|ing)?|only|time)|pipelines?|at build)\b/,
    'path=build-script',
  ),
  entry(
    /\b(cli|command[- ]?lines?|terminal|shell tool|console tool|user runs? (it|this)|runs? (it|this) (himself|herself|themselves|locally)|own (machine|shell)|operator|invoked by hand)\b/,
    'path=command-line',
  ),
  entry(/\b(config(uration)? files?|settings files?|manifest)\b/, 'path=configuration'),
  entry(/\b(docs?|documentation|readme|markdown)\b/, 'path=documentation'),
  entry(
    /\b(library code|product(ion)? (code|source)|shipped code|runtime code|real source|source (files?|code|tree)|ships to)\b/,
    'path=source',
  ),
];

/** How the flagged expression is used. */
const ROLES: readonly Entry[] = [
  entry(
    /\b(loop(s|ing|ed)?|iterat\w*|for[- ]?(in|of|each)?[- ]loops?|counter|loop (index(es)?|indices|variables?|counters?)|numeric index|array index(es)?|indices|index variable)\b/,
    'role=loop-index',
    'origin=loop-variable',
    'idiom=short-index',
  ),
  entry(
    /\b(reads?|reading|read[- ]only|look(ed)?[- ]?ups?|looks? (it )?up|fetch(es|ing)? (a|the)? ?(value|entry)|access(es|ing)? only|getter)\b/,
    'role=read',
  ),
  entry(
    /\b(assign(s|ed|ing|ments?)?|writes?|writing|written|set(s|ting)? (a|the) (property|key|field)|mutat\w*|overwrit\w*|stores? into|modif(y|ies|ied))\b/,
    'role=assigned',
    'idiom=writes',
  ),
  entry(/\b(call(s|ed|ing)? (it|this|that|as a function)|invok\w*|method call|dispatch(es|ed)?)\b/, 'role=called'),
  entry(/\b(passed (as|to|into)|arguments?)\b/, 'role=argument'),
  entry(/\b(return(s|ed|ing)?)\b/, 'role=returned'),
  entry(
    /\b(interpolat\w*|template (literals?|strings?)|string (building|concat\w*)|concat\w*|glued)\b/,
    'role=interpolated',
    'idiom=template',
    'idiom=concatenation',
  ),
  entry(/\b(declar\w*)\b/, 'role=declared'),
];

/** Where the value comes from. */
const ORIGINS: readonly Entry[] = [
  entry(
    /\b(literals?|hard[- ]?coded|fixed (strings?|values?|text|pattern)|static (strings?|values?|text|pattern)|string constant)\b/,
    'origin=literal',
    'origin=trusted',
  ),
  entry(
    /\b(constants?|consts?|enum(eration)?s?|module[- ]level (value|const\w*)|frozen (map|table|object)|defined (above|in this file|by us))\b/,
    'origin=constant',
    'origin=trusted',
  ),
  entry(
    /\b(config(uration|s)?|settings?|options? (file|object)|preferences|we (set|choose|pick) (it|them|the)|admin[- ]controlled)\b/,
    'origin=configuration',
    'path=configuration',
  ),
  entry(
    /\b(env(ironment)?([- ]var(iable)?s?)?|process\.env|deploy(ment)? (variables?|settings?))\b/,
    'origin=environment',
    'idiom=environment',
  ),
  entry(
    /\b(__dirname|__filename|own (directory|folder|files?|package)|package (directory|folder|root)|our (own )?(files?|folder|directory)|local files? (we|of ours)|relative to (the|this) (module|file|package)|ships with)\b/,
    'origin=own-directory',
    'idiom=directory',
  ),
  entry(
    /\b(requests?|req\.|http|query[- ]?string|url param\w*|bod(y|ies)|headers?|cookies?|from (the )?(network|wire|client|browser|internet)|remote(ly)?|user[- ]?(input|supplied|controlled|provided|data)|attackers?|untrusted|tainted|outside (world|input|data)|external(ly)? (input|data|controlled))\b/,
    'origin=request',
    'origin=untrusted',
  ),
  entry(
    /\b(param(eter)?s?|callers?|arguments? of (the|this) function|passed in|handed in|public api|whoever calls)\b/,
    'origin=parameter',
  ),
  entry(/\b(file contents?|contents? of (a|the) file|parsed file|read from disk|from disk)\b/, 'origin=file-content'),
  entry(
    /\b(internal(ly)?|our own|trusted|we control|under our control|known (values?|keys?|names?)|closed set|no outside|never leaves)\b/,
    'origin=trusted',
    'origin=constant',
    'origin=configuration',
    'origin=literal',
  ),
];

/** What already makes it safe. */
const SAFEGUARDS: readonly Entry[] = [
  entry(
    /\b(parameteri[sz]ed|prepared|placeholders?|bind(ings?| variables?)?|bound (values?|parameters?)|\$1)\b/,
    'sanitizer=parameterized',
    'sanitized=yes',
  ),
  entry(
    /\b(dompurify|purif\w*|html[- ]?escap\w*|escape[- ]?html|sanitize[- ]?html|entity encod\w*|xss filter)\b/,
    'sanitizer=escape-html',
    'sanitizer=dompurify',
    'sanitized=yes',
  ),
  entry(/\b(encodeuri(component)?|url[- ]?encod\w*|percent[- ]?encod\w*)\b/, 'sanitizer=encode-uri', 'sanitized=yes'),
  entry(
    /\b(basename|path\.basename|strips? (the )?(folders?|director(y|ies)))\b/,
    'sanitizer=path-basename',
    'sanitized=yes',
  ),
  entry(
    /\b(regex[- ]?escap\w*|escape(s|d)? (the )?(regex|pattern|metacharacters?)|escaperegexp|escape-string-regexp)\b/,
    'sanitizer=regex-escape',
    'sanitized=yes',
  ),
  entry(
    /\b(parseint|integers?|numeric|coerced|number\(|cast to (a )?(int|number)\w*|tonumber)\b/,
    'sanitizer=integer',
    'sanitized=yes',
  ),
  entry(
    /\b(shell[- ]?(quot|escap)\w*|quoted for the shell|shlex|execfile|no shell)\b/,
    'sanitizer=shell-quote',
    'sanitized=yes',
  ),
  entry(
    /\b(saniti[sz]\w*|escap(ed|es|ing)|encod(ed|es|ing)|clean(s|ed|ing)?|scrub\w*|filtered|neutrali[sz]ed)\b/,
    'sanitized=yes',
  ),
  entry(
    /\b(has[- ]?own([- ]?property)?|own[- ]property|object\.create\(null\)|null prototype|object\.hasown)\b/,
    'guard=own-property',
    'guarded=yes',
  ),
  entry(
    /\b(__proto__|prototype (keys?|check)|proto(type)? (is )?(blocked|rejected|guarded|filtered))\b/,
    'guard=prototype-key',
    'guarded=yes',
  ),
  entry(
    /\b(allow[- ]?list\w*|white[- ]?list\w*|known[- ]keys|switch over|checked against (a|the) list|membership)\b/,
    'guard=allow-list',
    'guarded=yes',
  ),
  entry(/\b(typeof|type[- ]?(check\w*|guard\w*)|instanceof|isstring|isarray)\b/, 'guard=type-check', 'guarded=yes'),
  entry(
    /\b(path[- ]prefix|startswith|starts with|stays? (inside|within|under)|contained in|jail\w*)\b/,
    'guard=path-prefix',
    'guarded=yes',
  ),
  entry(/\b(try\b|catch(es)?|error handling|handled below|wrapped in (a )?try)\b/, 'guard=try', 'guarded=yes'),
  entry(
    /\b(guard(s|ed)?|checked|check(s)? (above|before|first)|validat\w*|verified|vetted|protected|if (statement|above))\b/,
    'guarded=yes',
    'sanitized=yes',
  ),
];

/** How bad it is, and who can reach it. */
const WEIGHT: readonly Entry[] = [
  entry(
    /\b((low|minor|lowest|small|weak)[- ]?(severity|priority|risk|impact|level|grade)?|nit(s|picks?|picky)?|cosmetic|trivial|informational|info[- ]level|stylistic|style only)\b/,
    'severity=minor',
    'severity=low',
    'severity=info',
  ),
  entry(/\b(medium|moderate|mid[- ]level)\b/, 'severity=medium'),
  entry(
    /\b((high|critical|top|serious)[- ]?(severity|risk|impact|level)?|severe|blockers?)\b/,
    'severity=severe',
    'severity=high',
    'severity=critical',
  ),
  entry(
    /\b(exported|public (function|method|surface|entry)|reachable from (outside|other modules)|entry point)\b/,
    'exported=yes',
  ),
  entry(
    /\b(private (function|method|helper)|internal (function|method|helper)|not exported|module[- ]private|local helper)\b/,
    'exported=no',
  ),
];

/** Speaking of the rule itself. */
export const WHOLE_RULE =
  /\b(this (rule|check|warning|kind of (finding|warning|alert))|these (warnings?|alerts?|findings?)|always (a )?(false|noise)|false positives? every|rule is|we (do not|don'?t|never) (care|want|act)|not our (policy|way)|disable (it|this)|noise|noisy)\b/;

/** People's words for the facts of a finding. */
export const LEXICON: readonly Entry[] = [...PLACES, ...ROLES, ...ORIGINS, ...SAFEGUARDS, ...WEIGHT];
