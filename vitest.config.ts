import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{packages,daemons,webhooks}/*/test/**/*.test.ts', '{packages,daemons,webhooks}/*/src/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
