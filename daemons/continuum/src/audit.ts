import type { Core, Daemon } from '@continuum/host/runtime';

/** Answers whether the audit is whole: the command `audit/verify`. */
export function auditKeeper({ commands, store }: Pick<Core, 'commands' | 'store'>): Daemon {
  return {
    name: 'audit',
    async start() {
      commands.register('audit/verify', async () => {
        const brokenAt = await store.audit.verify();
        return { intact: brokenAt === undefined, ...(brokenAt === undefined ? {} : { brokenAt }) };
      });
    },
    async stop() {},
  };
}
