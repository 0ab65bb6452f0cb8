/** One lexical cue of agreement or disagreement with a finding. */
export interface Cue {
  readonly pattern: RegExp;
  /** Above 0: "do not raise this"; below 0: "this was right". */
  readonly lean: number;
  /**
   * `state`: a negation before it turns it round ("not an issue"). `remedy`: also an obligation turns it round
   * ("should be escaped" agrees, "is escaped" does not). `fixed`: an idiom whose negation is part of it.
   */
  readonly kind: 'state' | 'remedy' | 'fixed';
}

function cue(kind: Cue['kind'], lean: number, source: string): Cue {
  return { kind, lean, pattern: new RegExp(String.raw`\b(?:${source})(?![\w-])`, 'g') };
}

/**
 * Cues over lower-case clauses with contractions written out. The words are those maintainers use to dismiss or accept
 * findings of static analysis; order does not matter, every match counts.
 */
export const CUES: readonly Cue[] = [
  cue('state', 2, 'false[ -](?:positives?|alarms?)|fp'),
  cue(
    'state',
    1.2,
    '(?:totally |perfectly |just |completely )?(?:fine|ok|okay|safe|harmless|benign|acceptable|legit(?:imate)? (?:use|usage|code)|alright|allowed|secure)',
  ),
  cue('state', 1.5, 'intended|intentional(?:ly)?|by design|deliberate(?:ly)?|on purpose|expected|works as designed'),
  cue(
    'state',
    1.2,
    'irrelevant|unnecessary|pointless|useless|overkill|noise|noisy|nitpick(?:ing)?|nit|pedantic|nonsense|too strict|bogus',
  ),
  cue('state', 1.5, 'wrong|incorrect|mistaken|misread|misunderstood|misunderstanding|inaccurate|invalid|untrue'),
  cue(
    'state',
    1,
    'unreachable|unused|dead code|out of scope|trusted|under our (?:own )?control|internal(?:ly)?(?: only)?|numeric|numbers?|integers?|revoked|public(?:ly known)?(?: key| token)?|goes through|our own|dev[ -]only|static|read[ -]only',
  ),
  cue(
    'state',
    1,
    'constants?|hard-?coded|literals?|enums?|loop (?:index|counter|variable)|numeric index|allow-?list(?:ed)?|white-?list(?:ed)?',
  ),
  cue(
    'state',
    0.9,
    'tests?|test (?:code|file|fixture|data|only)s?|fixtures?|mocks?|examples?|demo|build scripts?|generated|vendored|cli(?: tool)?|command line|benchmarks?|placeholder|dummy',
  ),
  cue(
    'state',
    1,
    '(?:our own|own) (?:directory|files?|config(?:uration)?|code)|configuration|from (?:the |our |a )?config',
  ),
  cue('state', 1.2, 'disagree|dismiss(?:ed|ing)?|ignor(?:e|ed|ing) (?:this|it|that|these)|wontfix|ignore'),
  cue(
    'remedy',
    1.5,
    'parameteri[sz](?:ed|es|e|ing)|prepared statements?|bound parameters?|placeholders|binds?|bound|binding',
  ),
  cue(
    'remedy',
    1.3,
    'escap(?:ed|es|e|ing)|saniti[sz](?:ed|es|e|ing|er|ation)|validat(?:ed|es|e|ing|ion)|encod(?:ed|es|e|ing)|quot(?:ed|es|ing)',
  ),
  cue(
    'remedy',
    1.2,
    'handled|handles|guarded|guards?|protected|checked|checks?|normali[sz]ed|caught|awaited|covered|bounded|rate[ -]limited|authenticated',
  ),
  cue(
    'fixed',
    1.5,
    '(?:(?:will|do|does|am|are|is|going|would) )?not (?:going to |be |to |gonna )*(?:fix|change|changing|fixing|flag|flagg|raise|rais|report|warn|worry)(?:ed|ing|d)?|no need(?: to [a-z]+)?|nothing to (?:fix|do|see)|leave (?:it|this|that) (?:as|like|alone)|keep(?:ing)? (?:it|this|that) as',
  ),
  cue(
    'fixed',
    1.5,
    '(?:does|do|did|can|could|should|would|is|are) not (?:really )?(?:apply|matter|relevant|applicable|care|need(?:ed)?|worth|reach|ship)|only care about|no,? thanks|rather (?:keep|not)|not needed|(?:nobody|no one|nothing)(?: [a-z]+)? (?:can|could) reach|not (?:our|the) (?:way|style|convention)|not worth|n/a|not how we',
  ),
  cue(
    'fixed',
    1.5,
    'stop (?:flagging|reporting|raising|warning|posting|commenting|suggesting)|nice try|yeah right|thanks for nothing|not helpful|not useful|here we go again|oh great',
  ),
  cue(
    'fixed',
    0.9,
    'we (?:always|prefer|deliberately|usually|tolerate|accept(?: (?:the|this|that) risk)?)|our (?:convention|policy|style|standard)|accept(?:ed)? (?:the risk|it|this|that)|(?:bug|mistake|error) in the (?:rule|analy[sz]er|scanner|tool|check)|known (?:issue|limitation|and accepted)',
  ),
  cue('fixed', 0.4, String.raw`see (?:line|lines|l)\s?\d+|look at line|already`),
  cue('fixed', 0.5, 'actually|in fact'),
  cue('state', -0.4, 'secrets?|credentials?'),
  cue(
    'state',
    -1,
    '(?:an? |real |actual |genuine |legit |security |big |the |any )*(?:issues?|problems?|bugs?|vulnerabilit(?:y|ies)|concerns?|risks?|threats?|defects?|holes?)',
  ),
  cue(
    'state',
    -1.2,
    'vulnerable|exploitable|unsafe|dangerous|insecure|risky|serious|critical|severe|reachable|injectable|broken|buggy|applicable|relevant|convincing|convinced',
  ),
  cue(
    'state',
    -1.1,
    '(?:user|attacker|client|externally|request)[ -](?:controlled|supplied|provided|input|data|controls?)|untrusted|attackers?|unescaped|unsanitized|unvalidated|tainted|from (?:the |a |an )?(?:request|user|outside|network|client)|matters|attackable',
  ),
  cue(
    'state',
    -2,
    '(?:good|nice|great|excellent|amazing|awesome|solid) (?:catch|spot|find|point|call|one|eye|finding)|well spotted|(?:spot|bang) on',
  ),
  cue(
    'state',
    -1.5,
    'right|correct|agree|agreed|legit(?! use| code)|valid|true|accurate|legitimate finding|real|confirmed|justified',
  ),
  cue('state', -1.2, 'fix(?:ed|ing|es)?|resolved|addressed|patched|(?:will|to) fix|done'),
  cue(
    'state',
    -1,
    'perfect|excellent|great|awesome|brilliant|love it|nice|lgtm|better|safer|cleaner|helpful|useful|makes sense|fair|important|good',
  ),
  cue('fixed', -0.6, 'thanks|thank you|thx|ty|cheers'),
  cue(
    'fixed',
    -2,
    String.raw`(?:i|we) (?:was|were|am|are) (?:\w+ )?(?:wrong|mistaken)|my (?:bad|mistake|fault)|o+ps|whoops|i missed (?:that|this|it)|missed that|did not (?:notice|see|realize|know|think of)|overlooked|i stand corrected`,
  ),
  cue(
    'fixed',
    -1.5,
    'keep (?:flagging|reporting|raising|warning)|(?:should|must|needs to|has to|have to|need to|will|let me|going to) (?:definitely |really |be )*(?:fix(?:ed)?|change(?:d)?|remove(?:d)?|rotate(?:d)?|replace(?:d)?|address(?:ed)?|update(?:d)?)|please fix|needs? fixing',
  ),
  cue(
    'fixed',
    -1.3,
    '(?:i|we) (?:have )?(?:just )?(?:now )?(?:added|changed|switched|replaced|moved|removed|updated|refactored|rewrote|pushed|rotated|parameterized it)|applied|committed',
  ),
];

/** Words that turn the cue after them round; an even number of them turns it back. */
export const NEGATORS: ReadonlySet<string> = new Set([
  'not',
  'no',
  'never',
  'nothing',
  'hardly',
  'neither',
  'nor',
  'without',
  'none',
  'nobody',
  'missing',
  'lacks',
  'lacking',
  'forgot',
  'doubt',
  'thought',
  'non',
  'zero',
  'barely',
  'isnt',
]);

export const OBLIGATION =
  /\b(?:should|must|needs?|ought|has to|have to|had to|let us|let me|i will|we will|going to|better to|please|why not|instead)\b/;

/** Idioms whose negation means nothing about the finding. */
export const EMPTY_IDIOMS =
  /\b(?:do not worry|no worries|no problem(?= (?:i|we|will|fix|let))|no doubt|not only|why not|not bad|no kidding|can not (?:agree|thank) (?:more|you enough)|could not agree more|nothing wrong with (?:the|your) (?:finding|review))\b/g;

export const UP_EMOJI: ReadonlySet<string> = new Set([
  '👍',
  '+1',
  '❤️',
  '❤',
  'heart',
  '🎉',
  'hooray',
  '🚀',
  'rocket',
  '💯',
  '✅',
  '👏',
  'thumbsup',
]);
export const DOWN_EMOJI: ReadonlySet<string> = new Set(['👎', '-1', '❌', '🙄', '🤦', 'thumbsdown', '🚫']);
