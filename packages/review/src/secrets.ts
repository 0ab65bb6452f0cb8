/** A secret found in a text: what kind it is and where its value stands. */
export interface SecretMatch {
  readonly rule: string;
  readonly title: string;
  readonly severity: 'critical' | 'high';
  readonly confidence: number;
  /** Start of the text shown as evidence. */
  readonly from: number;
  /** Where the secret value stands, UTF-16 offsets, end exclusive. */
  readonly start: number;
  readonly end: number;
}

const TOKENS: readonly (readonly [rule: string, title: string, pattern: RegExp])[] = [
  ['aws-access-key', 'AWS access key', /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g],
  ['github-token', 'GitHub token', /\b(?:gh[opusr]_[A-Za-z0-9]{36,255}|github_pat_\w{22,255})\b/g],
  ['slack-token', 'Slack token', /\bxox[abeoprs]-[A-Za-z0-9-]{10,255}/g],
  ['stripe-key', 'Stripe live key', /\b[rs]k_live_[A-Za-z0-9]{16,255}\b/g],
  ['google-api-key', 'Google API key', /\bAIza[\w-]{35}\b/g],
  ['private-key', 'Private key', /-----BEGIN (?:[A-Z]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/g],
];
/** Keys that vendors print in their documentation, and made-up ones: they are told, with less confidence. */
const DOCUMENTED = /EXAMPLE|0{8,}|1234567890|abcdefgh/i;
/** One character again and again stands for a key that is left out. */
const BLANKED = /x{8,}|(.)\1{11,}|\*{4,}/i;

/** Tokens whose shape alone gives them away. */
export function findTokens(text: string): SecretMatch[] {
  return TOKENS.flatMap(([rule, title, pattern]) =>
    Array.from(text.matchAll(pattern), ({ 0: token, index }): SecretMatch => {
      const place = { from: index, start: index, end: index + token.length };
      return { rule, title, severity: 'critical', confidence: DOCUMENTED.test(token) ? 0.6 : 0.95, ...place };
    }),
  ).filter(({ start, end }) => !BLANKED.test(text.slice(start, end)));
}

const NAME =
  'pass(?:word|wd|phrase)|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|auth[_-]?key|credentials?';
const QUOTED = new RegExp(
  `(${NAME})([\\w-]{0,40})["'\`\\])]{0,2}\\s{0,8}(?:\\??:\\s{0,4}[\\w |.]{1,40}?)?(?:={1,3}|:=?|=>|\\|\\||\\?\\?)\\s{0,8}(["'\`])((?:(?!\\3)[^\\\\\\n]|\\\\.){6,500})\\3`,
  'gi',
);
const BARE = new RegExp(
  `^[ \\t]*(?:export[ \\t]+)?[\\w.-]{0,60}?(${NAME})([\\w.-]{0,40})[ \\t]*[:=][ \\t]*()([^\\s"'#\`][^\\s#"'\`]{5,500})[ \\t]*\\r?$`,
  'gim',
);
const IN_ADDRESS = /(?<=\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/'"`]{0,100}:)[^\s@/'"`]{3,200}(?=@)/gi;
const BARE_FILE = /(^|\/)\.env(\.[\w.-]+)?$|\.(ya?ml|ini|properties|toml|cfg|conf|env)$/i;

/** Names that speak about a secret without holding one, for example `tokenUrl`, `password_field`. */
const ABOUT =
  /(name|type|url|uri|path|field|label|header|regexp?|pattern|endpoint|prefix|suffix|length|file|param|error|message|selector|input|placeholder|hint|text|title|id|kind|format|class|policy|rules?|action|route|event|algorithm|expir\w*|ttl)$/i;
const PLACEHOLDER =
  /change.?me|example|placeholder|dummy|sample|redacted|your[_-]?|insert|replace|todo|fixme|xxx|\*\*\*|\.\.\.|…|^<.*>$|^\[.*\]$|\$\{|\$\(|\{\{|%\(|%s|^\$\w|process\.env|os\.environ|getenv|^(none|null|undefined|true|false|required|optional|string|number|boolean)$/i;
/** The name of a thing instead of a value: `password`, `access_token`, `x-csrf-token`, `Bearer`. */
const WORDING =
  /^(?:[a-z]+[_.:/-])*(?:pass(?:word|wd|phrase)?|pwd|secret|token|key|credentials?|auth|bearer|basic|authorization|hidden|string)s?(?:[_.:/-][a-z]+)*$/i;

/** Literals assigned to names such as `password` or `apiKey`, and passwords in addresses; placeholders left out. */
export function findAssignments(path: string, text: string): SecretMatch[] {
  return [...findInAddresses(text), ...findNamed(path, text)];
}

/** Passwords inside addresses such as `postgres://app:<password>@host`. */
function findInAddresses(text: string): SecretMatch[] {
  return Array.from(text.matchAll(IN_ADDRESS)).flatMap(({ 0: value, index }) => {
    const confidence = confidenceOf('password', value);
    if (confidence === 0) return [];
    const place = { from: index, start: index, end: index + value.length };
    return [
      {
        rule: 'password-in-address',
        title: 'Password in an address',
        severity: 'critical' as const,
        confidence,
        ...place,
      },
    ];
  });
}

function findNamed(path: string, text: string): SecretMatch[] {
  const found = Array.from(text.matchAll(QUOTED));
  if (BARE_FILE.test(path)) found.push(...text.matchAll(BARE));
  return found.flatMap((match) => {
    const [whole, name = '', rest = '', quote = '', value = ''] = match;
    const confidence = ABOUT.test(rest) ? 0 : confidenceOf(name, value);
    if (confidence === 0) return [];
    const end = match.index + whole.trimEnd().length - quote.length;
    const from = nameStart(text, match.index + (whole.length - whole.trimStart().length));
    const title = `Hard-coded ${name.toLowerCase().replace(/[_-]/g, ' ')}`;
    return [
      { rule: 'hard-coded-credential', title, severity: 'high', confidence, from, start: end - value.length, end },
    ];
  });
}

/** Where the whole name begins of which a part was matched: `dbPassword` from `Password`. */
function nameStart(text: string, offset: number): number {
  const before = /[\w.-]{0,60}$/.exec(text.slice(Math.max(0, offset - 60), offset));
  return offset - (before?.[0].length ?? 0);
}

/** 0 when the literal is no secret; a password or secret may be any word, a token or key must look random. */
function confidenceOf(name: string, value: string): number {
  if (PLACEHOLDER.test(value) || WORDING.test(value) || /^(.)\1+$/.test(value)) return 0;
  if (/\s/.test(value) || /^(https?|file|\.{0,2})\//i.test(value)) return 0;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^\w]/].filter((kind) => kind.test(value)).length;
  const random = entropy(value) >= 3 && kinds >= 2;
  if (/^pass|^pwd/i.test(name)) return random || /\d/.test(value) ? 0.75 : 0.4;
  if (value.length < 8) return 0;
  if (!random || !/\d/.test(value)) return /^secret/i.test(name) ? 0.4 : 0;
  return value.length >= 16 ? 0.8 : 0.6;
}

/** Shannon entropy in bits a character. */
function entropy(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
  return bits;
}

/** The secret values that our own patterns find in a file. */
export function secretValues(path: string, text: string): string[] {
  return [...findTokens(text), ...findAssignments(path, text)].map(({ start, end }) => text.slice(start, end));
}

const TELLING_CHARACTERS = 6;

/** A text in which none of the secrets can be read, not even one that was cut off: a few first characters stay. */
export function redactSecrets(text: string, secrets: readonly string[]): string {
  let safe = text;
  for (const secret of secrets) {
    if (secret.length < TELLING_CHARACTERS) continue;
    const start = secret.slice(0, TELLING_CHARACTERS);
    for (let at = safe.indexOf(start); at !== -1; at = safe.indexOf(start, at + 1)) {
      let length = start.length;
      while (length < secret.length && safe[at + length] === secret[length]) length += 1;
      safe = `${safe.slice(0, at)}${shownPart(secret)}${safe.slice(at + length)}`;
    }
  }
  return safe;
}

const SHOWN_CHARACTERS = 4;

/** The first characters of a secret, fewer of a short one, and an ellipsis. */
export function shownPart(secret: string): string {
  return `${secret.slice(0, Math.min(SHOWN_CHARACTERS, Math.floor(secret.length / 3)))}…`;
}
