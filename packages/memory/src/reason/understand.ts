import type { Atoms } from '../atoms.ts';
import { stem, words } from '../tokens.ts';
import type { Claim, ReasonClaims } from './claim.ts';
import { LEXICON, WHOLE_RULE } from './lexicon.ts';

const MAX_CHARACTERS = 2_000;
const NEGATION =
  /\b(not|no|never|none|nothing|without|isn'?t|aren'?t|doesn'?t|don'?t|can'?t|cannot|won'?t|neither|nor|nobody)\b[^.;,!?]{0,24}$/;
const STOP_WORDS = new Set(
  'the a an and or but is are was were be been it its this that these those we our us you your they their here there of in on at to for from by with as so not no never only just all any every some code function value values file files line see please thanks because since when where which what who how do does did done can could should would will have has had one two use used uses using fine okay ok good bad wrong right real false true positive flag flagged finding rule policy team always our own already get set new return if else var let const null undefined'.split(
    ' ',
  ),
);

/**
 * What a person's reason says, as predicates over facts, path, rule and severity, by a lexicon of the field's words.
 * The text is data: it can only name facts, never instruct. Give the finding's atoms to also ground names that the
 * reason shares with it (folders, functions, identifiers).
 */
export function understandReason(text: string, about?: Atoms): ReasonClaims {
  const plain = text.slice(0, MAX_CHARACTERS).toLowerCase().replace(/[’`]/g, "'").replace(/\s+/g, ' ');
  const claims = LEXICON.flatMap((entry) => claimOf(plain, entry.pattern, entry.atoms));
  const grounded = about === undefined ? [] : groundedClaims(text.slice(0, MAX_CHARACTERS), about);
  return { claims: [...claims, ...grounded], wholeRule: WHOLE_RULE.test(plain) };
}

function claimOf(text: string, pattern: RegExp, atoms: readonly string[]): Claim[] {
  const match = pattern.exec(text);
  if (match === null) return [];
  return [{ atoms, negated: NEGATION.test(text.slice(0, match.index)), phrase: match[0] }];
}

/** Words of the reason that are names in the finding: "anything under legacy/", "helpers called parseFoo". */
function groundedClaims(text: string, about: Atoms): Claim[] {
  const said = new Set(words(text).filter((word) => !STOP_WORDS.has(word) && word.length > 1));
  const stems = new Set([...said].map(stem));
  const exact = new Set((text.match(/[A-Za-z_$][\w$.-]*/g) ?? []).map((name) => name.toLowerCase()));
  const claims: Claim[] = [];
  for (const atom of about.words) {
    const name = atom.slice(atom.indexOf('=') + 1);
    const meant =
      atom.startsWith('code=') || atom.startsWith('index=')
        ? exact.has(name.toLowerCase())
        : said.has(name) || stems.has(stem(name));
    if (meant && name.length > 1 && !STOP_WORDS.has(name.toLowerCase()))
      claims.push({ atoms: [atom], negated: false, phrase: name });
  }
  return claims;
}
