import fc from 'fast-check';

interface Example {
  readonly event: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

const ODD_VALUES = [undefined, '', ' ', '\n', '0', -1, 0, 1e308, true, null, [], [''], {}] as const;
const DEPTH = 5;

/** Payloads like the examples, with one field down to the fifth level changed into any JSON. */
export function payloadsLike(examples: readonly Example[]): fc.Arbitrary<Example> {
  return fc.tuple(fc.constantFrom(...examples), fc.nat(), fc.jsonValue()).map(([example, pick, value]) => {
    const paths = pathsOf(example.payload, DEPTH);
    return changedAt(example, paths[pick % paths.length] ?? [], value);
  });
}

/** Every payload in which one field of one example, down to the fifth level, is missing or of one of a few odd values. */
export function* oddPayloads(examples: readonly Example[]): Generator<Example> {
  for (const example of examples)
    for (const path of pathsOf(example.payload, DEPTH))
      for (const value of ODD_VALUES) yield changedAt(example, path, value);
}

function changedAt({ event, payload }: Example, path: readonly string[], value: unknown): Example {
  const changed = replaceAt(payload, path, value);
  return { event, payload: isRecord(changed) ? changed : {} };
}

function pathsOf(value: unknown, depth: number): string[][] {
  if (!isRecord(value) || depth === 0) return [];
  return Object.entries(value).flatMap(([key, below]) => [
    [key],
    ...pathsOf(below, depth - 1).map((path) => [key, ...path]),
  ]);
}

function replaceAt(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  const copy: object = Array.isArray(value) ? [...value] : { ...(isRecord(value) ? value : {}) };
  return Object.assign(copy, { [key]: replaceAt(Reflect.get(copy, key), rest, by) });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
