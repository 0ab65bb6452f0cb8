import { COMMANDS } from '@continuum/contract/command';
import type { OutboxFilter } from '@continuum/contract/ports/store';
import { EMIT_EVENT } from '../tell.ts';
import type { BreakerOptions } from './breaker.ts';

export interface LanePlan {
  readonly name: string;
  readonly filter: OutboxFilter;
  readonly concurrency: number;
  readonly breaker: BreakerOptions;
}

/**
 * What is said on one pull request, in one channel of a chat or on one ticket is said in the order it was decided: the fields of a command
 * that name such a place. An answer in a thread comes after the message that begins it.
 */
const THREADS: Readonly<Record<string, readonly string[]>> = {
  slack: ['channel'],
  linear: ['ticket'],
  jira: ['ticket'],
};
const THREAD = ['repo', 'pr'];
const CONCURRENCY = 4;

/** Our own bus is near and its events are wanted soon: it is asked again often. */
const EVENTS: LanePlan = {
  name: 'event',
  filter: { only: [EMIT_EVENT] },
  concurrency: 1,
  breaker: { firstMs: 500, longestMs: 5_000 },
};

/** One lane for the events, one for each system outside that a command reaches, one for what is left. */
export function planLanes(): LanePlan[] {
  const external = Object.entries(COMMANDS).filter(([, { effect }]) => effect === 'external');
  const byTarget = Map.groupBy(external, ([name]) => name.split('/')[0] ?? name);
  const targets = [...byTarget].map(([name, commands]) => ({
    name,
    filter: { only: commands.map(([command]) => command), inOrderOf: THREADS[name] ?? THREAD },
    concurrency: CONCURRENCY,
    breaker: {},
  }));
  const known = [EMIT_EVENT, ...external.map(([command]) => command)];
  return [EVENTS, ...targets, { name: 'other', filter: { except: known }, concurrency: 1, breaker: {} }];
}

/** Systems outside whose state people want to see, and our own bus. */
export function targetNames(): string[] {
  return planLanes()
    .map(({ name }) => name)
    .filter((name) => name !== 'other');
}
