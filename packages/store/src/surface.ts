import { DrizzleQueryError } from 'drizzle-orm';

/** Runs one call of the store: lets it in, or refuses it. */
export type Admit = <T>(call: () => Promise<T>) => Promise<T>;

/** drizzle's error repeats the statement with its parameters, which may be anybody's text; the cause says what failed. */
function causeOf(thrown: unknown): unknown {
  return thrown instanceof DrizzleQueryError && thrown.cause !== undefined ? thrown.cause : thrown;
}

/** The repository as its callers see it: every call admitted, errors with a stable code and without parameters. */
export function surfaced<T extends object>(repository: T, admit: Admit): T {
  return new Proxy(repository, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) =>
        admit(async () => {
          try {
            return await Reflect.apply(member, target, args);
          } catch (thrown) {
            throw causeOf(thrown);
          }
        });
    },
  });
}
