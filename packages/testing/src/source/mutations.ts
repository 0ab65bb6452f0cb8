import fc from 'fast-check';

interface Example {
  readonly event: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Payloads like the examples, with one field down to the fifth level changed into any JSON. */
export function payloadsLike(examples: readonly Example[]): fc.Arbitrary<Example> {
  const odd = fc.oneof(fc.jsonValue(), fc.constantFrom('', -1, 0, 1e308, '0', null, [], {}));
  return fc.tuple(fc.constantFrom(...examples), fc.nat(), odd).map(([{ event, payload }, pick, value]) => {
    const paths = pathsOf(payload, 5);
    const changed = replaceAt(payload, paths[pick % paths.length] ?? [], value);
    return { event, payload: isRecord(changed) ? changed : {} };
  });
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
