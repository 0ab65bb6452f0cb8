import type { MessageView } from '@continuum/contract/http';
import { expect, vi } from 'vitest';
import type { Expected, Team } from './team.ts';
import { allAcknowledged, type Observed, REPO } from './world.ts';

const PAGE = 100;

/** How often each value occurs, for those that do not occur exactly once. */
function notOnce(values: readonly string[], wanted: readonly string[]): Record<string, number> {
  const counts = new Map(wanted.map((value) => [value, 0]));
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return Object.fromEntries([...counts].filter(([, times]) => times !== 1));
}

/** Everything on GitHub that is missing, doubled, or not asked for. */
function wrongOnGithub({ github }: Observed, { pr, files }: Expected): unknown[] {
  const ours = github.reviewComments(REPO, pr).filter(({ author }) => author === github.bot);
  const threads = ours.filter(({ inReplyTo }) => inReplyTo === undefined).map(({ path }) => path);
  // An answer in a thread is a review of its own, without words.
  const heads = github.reviews(REPO, pr).filter(({ author, body }) => author === github.bot && body !== '');
  const reviewed = heads.map(({ commitId }) => commitId);
  const summaries = github.issueComments(REPO, pr).filter(({ author }) => author === github.bot);
  const wrong = {
    threads: notOnce(threads, files),
    // Heads that came right after each other may be told of together.
    reviews: notOnce(reviewed, []),
    summaries: summaries.length === 1 ? {} : { summaries: summaries.length },
  };
  return Object.entries(wrong).flatMap(([what, found]) =>
    Object.keys(found).length === 0 ? [] : [{ pr, [what]: found }],
  );
}

async function allMessages(world: Observed): Promise<MessageView[]> {
  const all: MessageView[] = [];
  for (;;) {
    const before = all.at(0)?.id;
    const page = await world.client().messages('dev-updates', { limit: PAGE, ...(before ? { before } : {}) });
    all.unshift(...page.filter(({ id }) => !all.some((known) => known.id === id)));
    if (page.length < PAGE) return all;
  }
}

/** Questions whose answers on GitHub are not those of the room. A persona that spoke enough in a minute gives none; nobody gives two. */
function wrongAnswers(
  { github }: Observed,
  expected: readonly Expected[],
  messages: readonly MessageView[],
): unknown[] {
  return expected.flatMap(({ pr, asked }) =>
    asked.flatMap(({ thread, word }) => {
      const question = messages.find(({ author, text }) => author.kind === 'person' && text.includes(word));
      const inRoom = messages.filter(({ author, replyTo }) => author.kind === 'persona' && replyTo === question?.id);
      const onGithub = github
        .reviewComments(REPO, pr)
        .filter(({ author, inReplyTo }) => author === github.bot && inReplyTo === thread);
      const right = question !== undefined && inRoom.length <= 1 && onGithub.length === inRoom.length;
      return right ? [] : [{ pr, word, inRoom: inRoom.length, onGithub: onGithub.length }];
    }),
  );
}

/** Words and findings that do not stand in exactly one message of the room. */
function wrongInRoom(expected: readonly Expected[], messages: readonly MessageView[]): Record<string, number> {
  const words = expected.flatMap(({ said }) => said);
  // Findings quote people when they say which judgement decided.
  const people = messages.filter(({ author }) => author.kind === 'person');
  const said = people.flatMap(({ text }) => text.match(/\w+-no-\d+-end/) ?? []);
  const told = messages.flatMap(({ finding }) => (finding === undefined ? [] : [`${finding.repo}#${finding.path}`]));
  const files = expected.flatMap((each) => each.files.map((file) => `${REPO}#${file}`));
  return { ...notOnce(said, words), ...notOnce(told, files) };
}

/** Comments about findings that did not become exactly one example. */
async function wrongExamples(world: Observed, expected: readonly Expected[]): Promise<Record<string, number>> {
  const examples = await world.client().examples({ limit: 1000 });
  const found = examples.map(({ provenance }) => provenance.source.externalId ?? 'of nobody');
  return notOnce(
    found,
    expected.flatMap(({ taught }) => taught.map(String)),
  );
}

/** Everything that is not as the team's work demands; empty when each effect stands exactly once. */
export async function wrongEffects(world: Observed, team: Team): Promise<unknown[]> {
  const { expected } = team;
  const wrong = expected.flatMap((each) => wrongOnGithub(world, each));
  const messages = await allMessages(world);
  const room = wrongInRoom(expected, messages);
  const examples = await wrongExamples(world, expected);
  return [
    ...wrong,
    ...wrongAnswers(world, expected, messages),
    ...(Object.keys(room).length === 0 ? [] : [{ room }]),
    ...(Object.keys(examples).length === 0 ? [] : [{ examples }]),
  ];
}

function toLines(wrong: readonly unknown[]): string[] {
  return wrong.map((each) => JSON.stringify(each));
}

/**
 * A delivery that the store gave out into a connection that broke is nobody's until its lease of five minutes is over: who breaks
 * connections waits for that, in ms.
 */
export const OUTLASTS_A_LEASE = 330_000;

/** Waits until all is acknowledged and every effect stands exactly once; then nothing waits, nothing is dead, the audit is whole. */
export async function exactlyOnce(world: Observed, team: Team, timeout = 60_000): Promise<void> {
  await allAcknowledged(world, timeout);
  await vi.waitFor(async () => expect(toLines(await wrongEffects(world, team))).toEqual([]), {
    timeout,
    interval: 250,
  });
  await vi.waitFor(async () => expect(await waiting(world)).toEqual({}), { timeout, interval: 250 });
  expect(toLines(await wrongEffects(world, team))).toEqual([]);
  expect(await world.client().deadLetters()).toEqual([]);
  expect(await world.client().verifyAudit()).toEqual({ intact: true });
}

/** Events and effects that wait or are in hand, by where. */
async function waiting(world: Observed): Promise<Record<string, number>> {
  const { backlog, outbox } = await world.client().operations();
  const { pending, running } = outbox;
  return Object.fromEntries(Object.entries({ ...backlog, pending, running }).filter(([, count]) => count > 0));
}
