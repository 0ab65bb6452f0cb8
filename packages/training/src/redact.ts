interface Rule {
  readonly kind: string;
  readonly pattern: RegExp;
  /** Which group is the secret; the whole match when absent. */
  readonly group?: number;
}

const RULES: readonly Rule[] = [
  {
    kind: 'private-key',
    pattern: /-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|$)/g,
  },
  { kind: 'github-token', pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})/g },
  { kind: 'slack-token', pattern: /\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bxapp-[A-Za-z0-9-]{10,}/g },
  { kind: 'slack-webhook', pattern: /https:\/\/hooks\.slack\.com\/[^\s"'`)]+/g },
  { kind: 'aws-key', pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g },
  { kind: 'google-key', pattern: /\bAIza[\w-]{35}/g },
  { kind: 'api-key', pattern: /\b(?:sk|pk|rk)[-_](?:live|test|proj|ant|or)?[-_]?[A-Za-z0-9_-]{16,}/g },
  { kind: 'npm-token', pattern: /\bnpm_[A-Za-z0-9]{30,}/g },
  { kind: 'gitlab-token', pattern: /\bglpat-[\w-]{20,}/g },
  { kind: 'jwt', pattern: /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g },
  { kind: 'password', pattern: /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@"'`]{0,100}:([^\s/@"'`]{1,200})@/gi, group: 1 },
  { kind: 'bearer', pattern: /\b(?:bearer|basic)\s+([\w.~+/-]{16,}=*)/gi, group: 1 },
  {
    kind: 'secret',
    pattern:
      /(?:password|passwd|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|client[-_]?secret|auth)["']?\s{0,5}(?::|=|=>)\s{0,5}["'`]([^"'`\s]{6,200})["'`]/gi,
    group: 1,
  },
];
const EMAIL = /\b[\w.%+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}\.[a-z]{2,24}\b/gi;

export interface RedactOptions {
  /** Also mail addresses. Default false. */
  readonly emails?: boolean;
}

/** The text with keys, tokens, private keys and passwords replaced by `[redacted:<kind>]`. Redacting twice changes nothing more. */
export function redactSecrets(text: string, options: RedactOptions = {}): string {
  const redacted = RULES.reduce((rest, rule) => rest.replaceAll(rule.pattern, (...found) => mask(rule, found)), text);
  return options.emails === true ? redacted.replaceAll(EMAIL, '[redacted:email]') : redacted;
}

function mask(rule: Rule, found: readonly unknown[]): string {
  const whole = String(found[0]);
  const secret = rule.group === undefined ? whole : String(found[rule.group]);
  if (secret.startsWith('[redacted:')) return whole;
  const start = whole.lastIndexOf(secret);
  return `${whole.slice(0, start)}[redacted:${rule.kind}]${whole.slice(start + secret.length)}`;
}
