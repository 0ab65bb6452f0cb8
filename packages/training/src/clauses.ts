const MAX_CHARS = 5000;
const NOT_OWN_WORDS = [/^(?:```|~~~)[\s\S]*?(?:^(?:```|~~~)|$(?![\s\S]))/gm, /^[ \t]*>.*$/gm];
const CONTRACTIONS: readonly (readonly [RegExp, string])[] = [
  [/\bwon'?t\b/g, 'will not'],
  [/\b(?:can'?t|cannot)\b/g, 'can not'],
  [/\bain'?t\b/g, 'is not'],
  [/\b(is|are|was|were|do|does|did|should|would|could|has|have|had|must|need)n'?t\b/g, '$1 not'],
  [/\b(that|it|this|there|here|what|he|she|who)'s\b/g, '$1 is'],
  [/\bthats\b/g, 'that is'],
  [/\b(\w+)'re\b/g, '$1 are'],
  [/\byoure\b/g, 'you are'],
  [/\bi'?m\b/g, 'i am'],
  [/\b(\w+)'ll\b/g, '$1 will'],
  [/\b(\w+)'ve\b/g, '$1 have'],
  [/\blet'?s\b/g, 'let us'],
];
const CLAUSE_BORDER = /[,:()]|\s[-–—]+\s|\b(?:because|since|so|and|as it is|cause|cuz|therefore|hence|which)\b/;
const TURN = /\b(?:but|however|though|although|yet|still|except|nevertheless)\b/;
const QUESTION_START =
  /^(?:(?:but|and|so|ok|hm+|wait|sorry|hey|@[\w-]+)[, ]+)*(?:why|how (?:do|does|can|would|is|could|come|should)|what (?:is the|is your|does|do|about|if|would|should|makes)|can you|could you|would you|please (?:explain|elaborate|clarify)|explain|not sure (?:why|what|how|i understand)|i do not understand|any idea)\b/;

export interface Clause {
  readonly text: string;
  readonly question: boolean;
  /** After "but" and its like comes what the writer means. */
  readonly weight: number;
}

/** A message without what it quotes from others and without code blocks. */
export function ownText(text: string): string {
  return NOT_OWN_WORDS.reduce(
    (rest, pattern) => rest.replaceAll(pattern, ' '),
    text.slice(0, MAX_CHARS).replaceAll('\r\n', '\n'),
  );
}

/** The clauses of somebody's own words: lower case, contractions written out, each knowing whether it asks. */
export function toClauses(text: string): Clause[] {
  return toSentences(ownText(text)).flatMap(({ words, question }) => {
    const turns = words.split(TURN);
    return turns.flatMap((part, index) => {
      const weight = turns.length === 1 ? 1 : index === turns.length - 1 ? 1.5 : 0.5;
      const clauses = part.split(CLAUSE_BORDER).map((clause) => clause.trim());
      return clauses.filter((clause) => clause !== '').map((clause) => ({ text: clause, question, weight }));
    });
  });
}

function toSentences(text: string): { words: string; question: boolean }[] {
  const plain = CONTRACTIONS.reduce(
    (rest, [pattern, full]) => rest.replaceAll(pattern, full),
    text
      .toLowerCase()
      .replaceAll(/[’‘`´]/g, "'")
      .replaceAll(/["“”*_]/g, ''),
  );
  // A dot inside a name, a version or a path ends no sentence.
  const sentences = plain.match(/(?:[^.!?;\n]|[.!?;](?=[\w/]))+[.!?;\n]*/g) ?? [];
  return sentences.map((sentence) => {
    const words = sentence.replaceAll(/\s+/g, ' ').trim();
    return { words: words.replace(/[.!?;]+$/, ''), question: /\?[.!?]*$/.test(words) || QUESTION_START.test(words) };
  });
}
