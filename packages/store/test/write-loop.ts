import { openPgliteStore } from '../src/pglite.ts';

/** Writes in a loop and says on stdout what is stored, until it is killed. */
const [folder = ''] = process.argv.slice(2);
const store = await openPgliteStore({ folder });
for (let index = 0; ; index++) {
  await store.values.set(`row-${index}`, { index, filler: 'x'.repeat(500) });
  await store.audit.record({ actor: 'loop', action: 'write', subject: String(index), detail: {} });
  process.stdout.write(`${index}\n`);
}
