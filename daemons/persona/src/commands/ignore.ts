import type { Finding } from '@continuum/contract/finding';
import { matchesGlob } from '@continuum/review/paths';
import { codeSpan } from '@continuum/room/escape';
import { allFindings } from '../findings.ts';
import { enqueueResolution } from '../pull-request/resolve.ts';
import type { PersonaRuntime } from '../runtime.ts';
import type { Asked, CommandWord } from './command-word.ts';
import { judge, unlearned } from './judge.ts';
import { pullRequestOf } from './place.ts';

const LONGEST_PATTERN = 200;
const MOST_DECLINED = 50;

/** `ignore`: declines the finding of the thread, or all open findings of the pull request on a path. */
export const ignore: CommandWord = {
  words: 'ignore',
  usage: 'ignore [reason]` or `@continuum ignore <path> [reason]',
  summary: 'declines the finding of this thread, or all open ones on a path; I do not raise them again.',
  async obey(runtime, asked) {
    if (asked.finding !== undefined && asked.message.replyTo !== null && !namesPath(asked, asked.finding)) {
      return decline(runtime, asked, [asked.finding], asked.rest);
    }
    const [pattern = '', ...reason] = asked.rest.split(/\s+/);
    const found = await openOn(runtime, asked, pattern);
    if (found.length > 0) return decline(runtime, asked, found, reason.join(' '));
    if (asked.finding !== undefined) return decline(runtime, asked, [asked.finding], asked.rest);
    return 'Tell me that in the thread of a finding, or name a path on which there are open ones.';
  },
};

/** A reason may begin with any word; one that is a path of its own finding is no path either. */
function namesPath({ rest }: Asked, { path }: Finding): boolean {
  const [word = ''] = rest.split(/\s+/);
  return word.includes('/') && word !== path && !rest.includes(' ');
}

async function openOn(runtime: PersonaRuntime, asked: Asked, pattern: string): Promise<Finding[]> {
  const ref = pullRequestOf(asked);
  if (ref === undefined || pattern === '' || pattern.length > LONGEST_PATTERN) return [];
  const open = await allFindings(runtime.store.reviews, { ...ref, status: 'posted' });
  return open.filter(({ path }) => path === pattern || matchesGlob(pattern, path)).slice(0, MOST_DECLINED);
}

async function decline(
  runtime: PersonaRuntime,
  asked: Asked,
  findings: readonly Finding[],
  reason: string,
): Promise<string> {
  for (const finding of findings) {
    const learned = await judge(runtime, asked, finding, 'wrong', reason);
    if (learned !== 'active') return unlearned(learned);
    await enqueueResolution(runtime.store, finding);
  }
  const [first] = findings;
  const what = findings.length === 1 ? `${codeSpan(first?.rule ?? '')} here` : `${findings.length} findings`;
  const advice = reason === '' ? ' Tell me why, and I learn from the reason as well.' : '';
  return `Declined ${what}; not raised again.${advice}`;
}
