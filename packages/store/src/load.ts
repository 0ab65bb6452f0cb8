import { registerHooks } from 'node:module';

const BUILDER = '/node_modules/drizzle-orm/';

/**
 * Loads the repositories and with them the query builder, which is most of their size. For the format of each module Node
 * parses the package.json of its package anew; drizzle's has 180 kB and it has a hundred modules, which was a sixth of the
 * whole start. All of them are ES modules, so nobody needs to ask.
 */
export async function loadStore(): Promise<typeof import('./store.ts')> {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const from = context.parentURL;
      if (!specifier.startsWith('.') || from?.includes(BUILDER) !== true) return next(specifier, context);
      return { url: new URL(specifier, from).href, format: 'module', shortCircuit: true };
    },
  });
  try {
    return await import('./store.ts');
  } finally {
    hooks.deregister();
  }
}
