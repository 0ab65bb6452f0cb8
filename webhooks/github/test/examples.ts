import { createRequire } from 'node:module';

interface Example {
  readonly event: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

interface Group {
  readonly name: string;
  readonly examples: readonly Readonly<Record<string, unknown>>[];
}

// The package is one JSON file; its types describe another kind of module.
const require = createRequire(import.meta.url);
const groups: readonly Group[] = require('@octokit/webhooks-examples');

/** Every payload that GitHub's own collection holds. */
export const EXAMPLES: readonly Example[] = groups.flatMap(({ name, examples }) =>
  examples.map((payload) => ({ event: name, payload })),
);

/** The value at a path of keys, or undefined where there is none. */
export function field(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => (isObject(at) ? Reflect.get(at, key) : undefined), value);
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
