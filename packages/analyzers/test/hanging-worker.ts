import { writeFileSync } from 'node:fs';
import type { Analyzer } from '@continuum/contract/ports/analyzer';
import { serve } from '../src/pool/serve.ts';

let calls = 0;

/** Behaves as the name of the file says. */
const moody: Analyzer = {
  id: 'moody',
  async analyze(change) {
    const [file] = change.files;
    calls += 1;
    if (file?.path === 'hang.js') while (true) calls += 0;
    if (file?.path === 'exit.js') process.exit(1);
    if (file?.path === 'throw.js') throw new Error('no mood');
    if (file?.path === 'write.js') writeFileSync(file.content?.trim() ?? '', 'written');
    if (file?.path === 'spawn.js') (await import('node:child_process')).execFileSync('true');
    if (file?.path === 'fetch.js') await fetch('http://127.0.0.1:9/');
    if (file?.path === 'connect.js') (await import('node:net')).connect(9, '127.0.0.1');
    const said = `${calls} calls, ${Object.keys(process.env).length} variables`;
    return { findings: [], skipped: [{ path: file?.path ?? '', reason: 'ignored', detail: said }] };
  },
};

serve([moody]);
