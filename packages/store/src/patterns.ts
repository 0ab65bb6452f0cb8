/** A pattern as it is stored: what stands behind `**` says nothing. */
export function toStoredPattern(pattern: string): string {
  const words = pattern.split(':');
  const rest = words.indexOf('**');
  return rest === -1 ? pattern : words.slice(0, rest + 1).join(':');
}

/**
 * Every stored pattern that matches an event name: for each word itself or `*`, or `**` for the rest. Their number is small,
 * so the database finds the consumers of an event by equality.
 */
export function patternsOf(name: string): string[] {
  const matching: string[] = [];
  let beginnings: string[][] = [[]];
  for (const word of name.split(':')) {
    for (const beginning of beginnings) matching.push([...beginning, '**'].join(':'));
    beginnings = beginnings.flatMap((beginning) => [...new Set([word, '*'])].map((next) => [...beginning, next]));
  }
  return [...new Set([...matching, ...beginnings.map((words) => words.join(':'))])];
}
