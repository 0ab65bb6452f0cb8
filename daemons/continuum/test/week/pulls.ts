import type { MessageView } from '@continuum/contract/http';
import { type Draft, draftAt, drafted, fixed, type Kind, lintReport, moved, pathOf, SECURITY } from './code.ts';
import type { Place, Posted, Verdict } from './ways.ts';
import { type Repo, WRITERS } from './world.ts';

/** What each team does not want to hear of. */
const UNWANTED: Readonly<Record<Repo, readonly Kind[]>> = {
  'acme/shop': ['sql'],
  'acme/bank': ['path', 'lint'],
  'acme/tools': ['shell'],
};

/** A pull request as its author sees it. */
export interface Pull {
  readonly repo: Repo;
  readonly pr: number;
  readonly drafts: readonly Draft[];
  /** Paths that were mended meanwhile. */
  readonly mended: Set<string>;
}

/** What the people of a repository think of such findings. */
export function opinionOf(repo: Repo, kind: Kind): Verdict {
  return UNWANTED[repo].includes(kind) ? 'decline' : 'affirm';
}

let branches = 0;

/** Opens a pull request with drafts of its own, and with one that was declined elsewhere before. */
export async function openPull(
  { world: { github }, ledger, choice }: Place,
  repo: Repo,
  declined?: Posted,
): Promise<Pull> {
  branches += 1;
  const head = `work${branches}`;
  const kinds: Kind[] = choice.some(SECURITY, choice.between(1, 3));
  if (choice.chance(0.3)) kinds.push('lint');
  const own = kinds.map((kind) => ({ kind, name: `${kind}${branches}` }));
  const drafts = declined === undefined ? own : [...own, draftAt(declined.finding.path)];
  await github.commit(repo, head, Object.fromEntries(drafts.map((draft) => toFile(draft, drafted(draft)))));
  const author = choice.pick(WRITERS);
  const pr = await github.openPullRequest(repo, { head, title: `Work ${branches}`, author });
  ledger.pulls.push({ repo, pr });
  if (declined !== undefined) ledger.again.push({ repo, pr, fingerprint: declined.finding.fingerprint });
  return { repo, pr, drafts, mended: new Set() };
}

/** The job in CI of a pull request that the linter has something to say about. */
export async function lint({ world, ledger }: Place, { repo, pr, drafts }: Pull): Promise<void> {
  const found = drafts.filter(({ kind }) => kind === 'lint');
  if (found.length === 0) return;
  await world.report({ repo, pr, results: lintReport(found) });
  ledger.counts.reports += 1;
}

/** The findings of a pull request that people see, and everywhere that they see them. */
export async function postedOn({ world }: Place, { repo, pr }: Pull, room: readonly MessageView[]): Promise<Posted[]> {
  const { slack, channel } = world;
  const announced = new Map(room.flatMap(({ id, finding }) => (finding === undefined ? [] : [[finding.id, id]])));
  const findings = await world.api().findings({ repo, pr, status: 'posted' });
  return findings.map((finding) => {
    const message = slack
      .messages(channel)
      .find(({ blocks = [] }) =>
        blocks.some((block) => block.type === 'actions' && block.elements.some(({ value }) => value === finding.id)),
      );
    const messageId = announced.get(finding.id);
    if (finding.externalId === undefined || message === undefined || messageId === undefined) {
      throw new Error(`${finding.path} of ${repo}#${pr} does not stand everywhere`);
    }
    return { finding, repo, pr, comment: finding.externalId, ts: message.ts, messageId };
  });
}

/** The author goes on: mends what the team wants mended, begins anew, moves code about, or leaves it. */
export async function goOn(place: Place, pull: Pull, posted: readonly Posted[]): Promise<void> {
  const wanted = pull.drafts.filter(({ kind }) => opinionOf(pull.repo, kind) === 'affirm');
  const roll = place.choice.between(1, 20);
  if (roll <= 10) await pushed(place, pull, wanted, []);
  else if (roll <= 14) await forced(place, pull, place.choice.some(wanted, Math.ceil(wanted.length / 2)));
  else if (roll <= 17) await pushed(place, pull, [], pull.drafts);
  const onMended = posted.filter(({ finding }) => pull.mended.has(finding.path));
  const { repo, pr } = pull;
  place.ledger.fixed.push(...onMended.map(({ finding }) => ({ repo, pr, findingId: finding.id })));
}

/** A push with some drafts mended and some moved down their files. */
export async function pushed(
  { world, ledger }: Place,
  pull: Pull,
  mended: readonly Draft[],
  down: readonly Draft[],
): Promise<void> {
  const files = [...down.map((draft) => toFile(draft, moved(draft))), ...mend(pull, mended)];
  if (files.length === 0) return;
  await world.github.push(pull.repo, pull.pr, Object.fromEntries(files));
  ledger.counts.pushes += 1;
}

/** The branch begins anew, with some drafts mended and the others as they were. */
async function forced({ world, ledger }: Place, pull: Pull, mended: readonly Draft[]): Promise<void> {
  const all = pull.drafts.map((draft) => toFile(draft, drafted(draft)));
  await world.github.forcePush(pull.repo, pull.pr, Object.fromEntries([...all, ...mend(pull, mended)]));
  ledger.counts.forcePushes += 1;
}

function mend(pull: Pull, drafts: readonly Draft[]): [string, string][] {
  for (const draft of drafts) pull.mended.add(pathOf(draft));
  return drafts.map((draft) => toFile(draft, fixed(draft)));
}

function toFile(draft: Draft, text: string): [string, string] {
  return [pathOf(draft), text];
}
