import type { Memory } from '@continuum/contract/learning';
import type { Store } from '@continuum/contract/ports/store';
import { codeSpan, escapeLine, link } from '@continuum/room/escape';

const SHOWN = 15;
const LONGEST_REASON = 300;

const HOW_TO = [
  '*Teach*: answer in the thread of a finding, react with 👍 or 👎, or use its buttons.',
  '*Ask*: `/continuum help` lists what I can do.',
].join('\n');

/** The home tab in Markdown: what the team taught lately, newest first, by whom and why. */
export async function homeSections(store: Pick<Store, 'learning'>): Promise<string[]> {
  const learned = await store.learning.memories({ state: 'active', limit: SHOWN });
  const waiting = await store.learning.memories({ state: 'quarantined', limit: 100 });
  const list = learned.length === 0 ? ['Nothing yet: correct me, and it stands here.'] : learned.map(toSection);
  const more = waiting.length === 0 ? [] : [`${waiting.length} more wait for somebody who may teach to approve them.`];
  return ['# What I learned lately', ...list, ...more, HOW_TO.replaceAll('*', '**')];
}

function toSection({ verdict, finding, reason, author, at, scope, source }: Memory): string {
  const what = verdict === 'decline' ? 'Not wanted' : 'Wanted';
  const rule = codeSpan(finding.rule);
  const why = reason === '' ? '' : `\n> ${escapeLine(reason.slice(0, LONGEST_REASON))}`;
  const who = link(`${author.name}, ${at.slice(0, 10)}`, source.url);
  return `**${what}** in ${codeSpan(scope)}: ${rule}${why}\n${who}`;
}
