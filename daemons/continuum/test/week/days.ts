import { draftAt } from './code.ts';
import { goOn, lint, openPull, type Pull, postedOn, pushed } from './pulls.ts';
import { chat, clickButtons, judgeAll, saveFile, takeOneBack, talkOn } from './talk.ts';
import type { Place, Posted } from './ways.ts';
import { REPOS } from './world.ts';

export const DAYS = 5;
/** Comments and reactions on GitHub in the whole week, at least. */
export const SAID_ON_GITHUB = 300;
const SAVES_A_DAY = 3;

/** What the days before left behind. */
export interface Week extends Place {
  readonly pullsADay: number;
  /** Everything that people were shown on GitHub. */
  readonly posted: Posted[];
}

/** A day: pull requests in the morning, talk at noon, pushes in the evening. On some days something breaks. */
export async function live(week: Week, day: number): Promise<void> {
  const { world } = week;
  if (day === 2) {
    // GitHub takes a review, and its answer gets lost.
    world.github.failNext({ method: 'POST', path: /\/pulls\/\d+\/reviews$/, status: 502, afterEffect: true });
    // And an answer of ours is lost on its way to GitHub.
    world.github.loseAnswers(1);
  }
  const pulls = await openPulls(week, day);
  const posted = await read(week, pulls);
  for (let save = 0; save < SAVES_A_DAY; save += 1) await saveFile(week);
  await clickButtons(week, posted);
  const [before, during] = day === 3 ? halves(posted) : [posted, []];
  await judgeAll(week, before);
  const late = day === 3 ? await breakDown(week, pulls, during) : [];
  await world.quiet();
  await talkOn(week, posted);
  await takeOneBack(week);
  const evening = [...pulls, ...late];
  await chat(week, evening, Math.ceil((SAID_ON_GITHUB * day) / DAYS));
  await world.quiet();
  for (const pull of evening)
    await goOn(
      week,
      pull,
      week.posted.filter((each) => isOn(each, pull)),
    );
  await world.quiet();
}

function isOn({ repo, pr }: Posted, pull: Pull): boolean {
  return repo === pull.repo && pr === pull.pr;
}

function halves<T>(all: readonly T[]): [T[], T[]] {
  const middle = Math.ceil(all.length / 2);
  return [all.slice(0, middle), all.slice(middle)];
}

/** From the second day on each repository sees something again that was declined there. */
async function openPulls(week: Week, day: number): Promise<Pull[]> {
  const pulls: Pull[] = [];
  // One of the third day comes while the system is away.
  const count = day === 3 ? week.pullsADay - 1 : week.pullsADay;
  for (let index = 0; index < count; index += 1) {
    const repo = index < REPOS.length ? (REPOS[index] ?? week.choice.pick(REPOS)) : week.choice.pick(REPOS);
    const declined = index < REPOS.length ? await declinedIn(week, repo) : undefined;
    pulls.push(await openPull(week, repo, declined));
  }
  return pulls;
}

async function declinedIn({ world, posted, choice }: Week, repo: string): Promise<Posted | undefined> {
  const ours = posted.filter((each) => each.repo === repo && draftAt(each.finding.path).kind !== 'lint');
  const now = await Promise.all(ours.map(({ finding }) => world.api().finding(finding.id)));
  const declined = ours.filter((_, index) => now[index]?.status === 'declined');
  return declined.length === 0 ? undefined : choice.pick(declined);
}

/** Waits for the reviews, lets the linter run, and answers with all that people are shown of these pull requests. */
async function read(week: Week, pulls: readonly Pull[]): Promise<Posted[]> {
  await week.world.quiet();
  for (const pull of pulls) await lint(week, pull);
  await week.world.quiet();
  const room = await week.world.room();
  const posted = (await Promise.all(pulls.map((pull) => postedOn(week, pull, room)))).flat();
  week.posted.push(...posted);
  return posted;
}

/** The process is killed in the middle of the talk; people go on as if nothing were. */
async function breakDown(week: Week, pulls: readonly Pull[], posted: readonly Posted[]): Promise<Pull[]> {
  const { world } = week;
  await world.kill();
  await judgeAll(week, posted, true);
  const late = await openPull(week, week.choice.pick(REPOS));
  const [first] = pulls;
  if (first !== undefined) await pushed(week, first, [], first.drafts);
  await world.launch();
  await world.caughtUp();
  await read(week, [late]);
  return [late];
}
