import type { Finding } from '@continuum/contract/finding';
import type { SeededChoice } from '@continuum/testing/seeded-choice';
import { expect, vi } from 'vitest';
import type { Ledger, Taught } from './ledger.ts';
import { type Repo, ROOM, type World } from './world.ts';

/** A finding that people see, and where. */
export interface Posted {
  readonly finding: Finding;
  readonly repo: Repo;
  readonly pr: number;
  /** Its comment on GitHub. */
  readonly comment: string;
  /** Its message in Slack. */
  readonly ts: string;
  /** Its message in the room. */
  readonly messageId: string;
}

export type Verdict = 'affirm' | 'decline';

const REASONS: Readonly<Record<Verdict, readonly string[]>> = {
  decline: [
    'False positive: the gateway only lets known names through.',
    'That is by design.',
    'This does not apply here.',
  ],
  affirm: ['Good catch, this is a real problem.', 'Agreed, this is exploitable.', 'Good catch, will fix.'],
};
const SIGNAL = { decline: 'correction', affirm: 'confirmation' } as const;

/** One act by which somebody judges a finding. */
export type Way = (place: Place, about: Posted, author: string, verdict: Verdict, reason: string) => Promise<void>;

export interface Place {
  readonly world: World;
  readonly ledger: Ledger;
  readonly choice: SeededChoice;
  /** Who said something of which finding: everybody says one thing of each. */
  readonly spoken: Map<string, Set<string>>;
}

function note(
  { ledger }: Place,
  { finding }: Posted,
  said: Pick<Taught, 'author' | 'source' | 'words' | 'comment'> & {
    readonly verdict: Verdict;
    readonly inThread?: boolean;
  },
): void {
  const { verdict, inThread = false } = said;
  ledger.taught.push({ ...said, findingId: finding.id, signal: SIGNAL[verdict], state: 'active', inThread });
}

const reply: Way = async (place, about, author, verdict, words) => {
  const { repo, pr } = about;
  const id = await place.world.github.reply(repo, pr, about.comment, author, words);
  place.ledger.counts.comments += 1;
  note(place, about, { author, source: 'github', verdict, words, inThread: true, comment: { repo, pr, id } });
};

const thumb: Way = async (place, about, author, verdict) => {
  const emoji = verdict === 'affirm' ? '+1' : '-1';
  place.world.github.setReaction(about.repo, about.pr, { on: about.comment, author, emoji });
  place.ledger.counts.reactions += 1;
  note(place, about, { author, source: 'github', verdict, words: '' });
};

const inRoom: Way = async (place, about, author, verdict, text) => {
  await place.world.api().say(ROOM, { author, text, replyTo: about.messageId });
  note(place, about, { author, source: 'api', verdict, words: text, inThread: true });
};

const inPanel: Way = async (place, about, author, verdict, text) => {
  await place.world.editor().discuss(about.finding.id, { author, text });
  note(place, about, { author, source: 'vscode', verdict, words: text, inThread: true });
};

const quickFix: Way = async (place, about, author, verdict, reason) => {
  const action = verdict === 'affirm' ? 'accepted' : 'dismissed';
  await place.world.editor().editorFeedback({ findingId: about.finding.id, action, reason, author });
  place.ledger.counts.clicks += 1;
  note(place, about, { author, source: 'vscode', verdict, words: reason, inThread: true });
};

function slackId({ world }: Place, author: string): string {
  const id = world.inSlack.get(author);
  if (id === undefined) throw new Error(`${author} is not in Slack`);
  return id;
}

const slackAnswer: Way = async (place, about, author, verdict, words) => {
  await place.world.slack.say(place.world.channel, slackId(place, author), words, { thread: about.ts });
  note(place, about, { author, source: 'slack', verdict, words, inThread: true });
};

const slackThumb: Way = async (place, about, author, verdict) => {
  const emoji = verdict === 'affirm' ? 'thumbsup' : 'thumbsdown';
  await place.world.slack.react(place.world.channel, about.ts, slackId(place, author), emoji);
  note(place, about, { author, source: 'slack', verdict, words: '' });
};

/** "Right" is said by the click, "Wrong" asks for the reason in a form. */
const slackButton: Way = async (place, about, author, verdict, reason) => {
  const { slack, channel } = place.world;
  const user = slackId(place, author);
  await slack.click(channel, about.ts, user, verdict === 'affirm' ? 'Right' : 'Wrong');
  if (verdict === 'decline') {
    await vi.waitFor(() => expect(slack.viewOf(user)).toBeDefined(), { timeout: 60_000, interval: 50 });
    await slack.submit(user, reason);
  }
  place.ledger.counts.clicks += 1;
  note(place, about, { author, source: 'slack', verdict, words: '' });
};

/** Ways open to everybody, and those of people who are in Slack. A button goes away with the first judgement. */
export const EVERYWHERE: readonly Way[] = [reply, reply, reply, thumb, thumb, inRoom, inPanel, quickFix];
export const IN_SLACK: readonly Way[] = [slackAnswer, slackAnswer, slackThumb];
export const ON_BUTTONS: readonly Way[] = [slackButton];
/** What gets through while the system is away. */
export const IN_AN_OUTAGE: readonly Way[] = [reply, thumb];
export const IN_AN_OUTAGE_OF_SLACK: readonly Way[] = [slackAnswer, slackThumb];

export function reasonsFor(verdict: Verdict): readonly string[] {
  return REASONS[verdict];
}

/** A question, or words that judge nothing, below a finding. */
export async function mention(
  { world, ledger }: Place,
  about: Posted,
  author: string,
  signal: 'question' | 'response',
  words: string,
): Promise<void> {
  await world.github.reply(about.repo, about.pr, about.comment, author, words);
  ledger.counts.comments += 1;
  const said = { author, source: 'github', signal, state: 'active', words, inThread: true } as const;
  ledger.taught.push({ ...said, findingId: about.finding.id });
}
