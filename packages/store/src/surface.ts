import { DrizzleQueryError } from 'drizzle-orm';

/** drizzle's error repeats the statement with its parameters, which may be anybody's text; the cause says what failed. */
function cause(thrown: unknown): unknown {
  return thrown instanceof DrizzleQueryError && thrown.cause !== undefined ? thrown.cause : thrown;
}

/** The repository with errors as its callers know them: ContinuumError with a stable code, without parameters. */
export function surfaced<T extends object>(repository: T): T {
  return new Proxy(repository, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        try {
          return await Reflect.apply(member, target, args);
        } catch (thrown) {
          throw cause(thrown);
        }
      };
    },
  });
}
