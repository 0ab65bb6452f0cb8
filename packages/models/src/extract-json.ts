/** Starts tried in one answer: prose with thousands of brackets must not cost seconds. */
const MAX_STARTS = 64;

function tryParse(text: string): { readonly value: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return { value };
  } catch {
    return undefined;
  }
}

/** Index of the character that ends the string beginning at `start`, or the end of the text. */
function endOfString(text: string, start: number): number {
  let index = start + 1;
  while (index < text.length && text[index] !== '"') index += text[index] === '\\' ? 2 : 1;
  return index;
}

/** Index after the bracket that closes the one at `start`; undefined when none does. */
function closingEnd(text: string, start: number): number | undefined {
  let depth = 0;
  for (let index = start; index < text.length; index += 1) {
    const char = text[index];
    if (char === '"') index = endOfString(text, index);
    else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') depth -= 1;
    if (depth === 0) return index + 1;
  }
  return undefined;
}

/**
 * Every JSON value that an answer may mean, best guess first: the whole text, then each outermost object or array in it.
 * Models wrap JSON in prose, code fences and `<think>` blocks; what stands in the latter is not the answer.
 */
export function* jsonCandidates(answer: string): Generator<unknown> {
  const text = answer.replace(/^\s*<think>[\s\S]*?<\/think>/, '').trim();
  const whole = tryParse(text);
  if (whole !== undefined) {
    yield whole.value;
    return;
  }
  let from = 0;
  for (let tries = 0; tries < MAX_STARTS; tries += 1) {
    const offset = text.slice(from).search(/[{[]/);
    if (offset === -1) return;
    const start = from + offset;
    const end = closingEnd(text, start);
    const parsed = end === undefined ? undefined : tryParse(text.slice(start, end));
    if (parsed !== undefined) yield parsed.value;
    from = parsed === undefined || end === undefined ? start + 1 : end;
  }
}
