import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { startChild } from '../src/child.ts';
import { hunt } from '../src/mutant-hunt.ts';
import { findMutant, MUTANTS, mutate } from '../src/mutants.ts';
import { coverageLines, failureLines, Summary } from '../src/report.ts';
import type { Findings, Order } from '../src/worker.ts';

const LONG_MS = 240_000;

/** Runs go in a process of their own: they replace the clock and the timers of their process. */
async function inChild(order: Order): Promise<Findings> {
  const child = startChild();
  try {
    return await child.run(order);
  } finally {
    child.stop();
  }
}

describe('the simulator', () => {
  test('hundreds of seeds lose no accepted delivery and double no comment', { timeout: LONG_MS }, async () => {
    const findings = await inChild({ from: 0, count: 400, replayEvery: 0 });
    expect(findings.failures.flatMap(failureLines)).toEqual([]);
    const summary = new Summary();
    summary.add(findings);
    // What never happened was not tested.
    const happened = coverageLines(summary).join('\n');
    for (const kind of [
      'crash',
      'power cut',
      'torn write',
      'bit flip',
      'partition',
      'duplicate delivery',
      'commit lost',
    ]) {
      expect(happened).toContain(kind);
    }
  });

  test('a seed replays identically, in another process too', { timeout: LONG_MS }, async () => {
    const [first, second] = [
      await inChild({ from: 1, count: 20, replayEvery: 1 }),
      await inChild({ from: 1, count: 20, replayEvery: 0 }),
    ];
    expect(first.failures).toEqual([]);
    expect(second).toEqual(first);
  });
});

describe('mutants of our own code', () => {
  test.each(MUTANTS)('$name: its place is still there', (mutant) => {
    const file = fileURLToPath(new URL(`../../../${mutant.file}`, import.meta.url));
    const source = readFileSync(file, 'utf8');
    expect(mutate(source, mutant)).not.toBe(source);
  });

  test.each(['journal: no datasync', 'intake: 202 before the append', 'outbox: another key each time'])(
    '%s: caught',
    { timeout: LONG_MS },
    async (name) => {
      expect(await hunt(findMutant(name), 200)).toBeDefined();
    },
  );
});
