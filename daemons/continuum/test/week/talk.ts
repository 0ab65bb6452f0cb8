import { draftAt, drafted, pathOf, SECURITY } from './code.ts';
import { opinionOf, type Pull } from './pulls.ts';
import {
  EVERYWHERE,
  IN_AN_OUTAGE,
  IN_AN_OUTAGE_OF_SLACK,
  IN_SLACK,
  mention,
  ON_BUTTONS,
  type Place,
  type Posted,
  reasonsFor,
  type Verdict,
  type Way,
} from './ways.ts';
import { BOT, REPOS, STRANGER, WRITERS } from './world.ts';

const QUESTIONS = ['Why is this a problem?', 'How do I fix that?'];
const ASIDES = ['I will look at it after lunch.', 'Let us talk about this on Monday.'];
const SMALL_TALK = [
  'The build is green again.',
  'I rebased this on main.',
  'Ship it when you are ready.',
  'Back on Monday.',
];

/** Writers who said nothing of a finding so far. */
function silentOn({ spoken }: Place, { finding }: Posted): string[] {
  return WRITERS.filter((name) => spoken.get(finding.id)?.has(name) !== true);
}

function remember({ spoken }: Place, { finding }: Posted, author: string): void {
  spoken.set(finding.id, new Set([...(spoken.get(finding.id) ?? []), author]));
}

function opinion({ finding, repo }: Posted): Verdict {
  return opinionOf(repo, draftAt(finding.path).kind);
}

async function judge(place: Place, about: Posted, author: string, ways: readonly Way[]): Promise<void> {
  const { choice, ledger } = place;
  remember(place, about, author);
  const verdict = opinion(about);
  await choice.pick(ways)(place, about, author, verdict, ledger.say(choice.pick(reasonsFor(verdict))));
}

/** People click the buttons of some findings, one after the other: a form is open for seconds only. */
export async function clickButtons(place: Place, posted: readonly Posted[]): Promise<void> {
  const { choice, world } = place;
  const there = WRITERS.filter((name) => world.inSlack.has(name));
  for (const about of posted) {
    if (choice.chance(0.15)) await judge(place, about, choice.pick(there), ON_BUTTONS);
  }
}

/** Several people judge each finding, wherever they are; so do some whom nobody has to listen to. */
export async function judgeAll(place: Place, posted: readonly Posted[], isAway = false): Promise<void> {
  const { choice } = place;
  for (const about of posted) {
    for (const author of choice.some(silentOn(place, about), choice.between(1, 3))) {
      await judge(place, about, author, waysOf(place, author, isAway));
    }
    if (choice.chance(0.2)) await objectWithoutRights(place, about);
    if (choice.chance(0.1)) await botObjects(place, about);
  }
}

function waysOf({ world }: Place, author: string, isAway: boolean): readonly Way[] {
  const inChat = isAway ? IN_AN_OUTAGE_OF_SLACK : IN_SLACK;
  return [...(isAway ? IN_AN_OUTAGE : EVERYWHERE), ...(world.inSlack.has(author) ? inChat : [])];
}

async function botObjects({ world, ledger }: Place, { repo, pr, comment }: Posted): Promise<void> {
  await world.github.reply(repo, pr, comment, BOT, ledger.say('False positive.'));
  ledger.counts.comments += 1;
}

/** Who may not write says the opposite of what the team says: it has to wait for somebody who may. */
async function objectWithoutRights({ world, ledger }: Place, about: Posted): Promise<void> {
  const verdict = opinion(about) === 'affirm' ? 'decline' : 'affirm';
  const words = ledger.say(reasonsFor(verdict)[0] ?? '');
  const signal = verdict === 'affirm' ? 'confirmation' : 'correction';
  const said = { findingId: about.finding.id, signal, verdict, state: 'quarantined', words, inThread: true } as const;
  const zoe = world.inSlack.get('zoe');
  if (zoe !== undefined && ledger.counts.comments % 2 === 0) {
    await world.slack.say(world.channel, zoe, words, { thread: about.ts });
    ledger.taught.push({ ...said, author: `slack:${zoe}`, source: 'slack' });
    return;
  }
  await world.github.reply(about.repo, about.pr, about.comment, STRANGER, words);
  ledger.counts.comments += 1;
  ledger.taught.push({ ...said, author: STRANGER, source: 'github' });
}

/** After the judgements: questions, asides, closed threads, and words taken back. */
export async function talkOn(place: Place, posted: readonly Posted[]): Promise<void> {
  const { choice } = place;
  for (const about of posted) {
    const [author] = silentOn(place, about);
    if (author !== undefined && choice.chance(0.4)) {
      const [signal, words] = choice.chance(0.5)
        ? (['question', choice.pick(QUESTIONS)] as const)
        : (['response', choice.pick(ASIDES)] as const);
      remember(place, about, author);
      await mention(place, about, author, signal, place.ledger.say(words));
    }
    if (opinion(about) === 'affirm' && choice.chance(0.15)) {
      await place.world.github.resolveThread(about.repo, about.pr, about.comment, choice.pick(WRITERS));
    }
  }
}

/** Small talk in the conversations of pull requests, until so much was said. */
export async function chat({ world, ledger, choice }: Place, pulls: readonly Pull[], until: number): Promise<void> {
  while (ledger.counts.comments + ledger.counts.reactions < until) {
    const { repo, pr } = choice.pick(pulls);
    const author = choice.pick([...WRITERS, STRANGER, BOT]);
    await world.github.issueComment(repo, pr, author, ledger.say(choice.pick(SMALL_TALK)));
    ledger.counts.comments += 1;
  }
}

/** Somebody deletes what they said of a finding: what was learned from it is taken back. */
export async function takeOneBack({ world, ledger, choice }: Place): Promise<void> {
  const said = ledger.taught.filter(
    ({ comment, verdict, state }) => comment !== undefined && verdict === 'affirm' && state === 'active',
  );
  if (said.length === 0) return;
  const taken = choice.pick(said);
  if (taken.comment === undefined) return;
  await world.github.deleteComment(taken.comment.repo, taken.comment.pr, taken.comment.id);
  taken.state = 'revoked';
}

let files = 0;

/** Somebody saves a file, sees what is found in it, and takes it, changes it or says that it is wrong. */
export async function saveFile({ world, ledger, choice }: Place): Promise<void> {
  files += 1;
  const repo = choice.pick(REPOS);
  const draft = { kind: choice.pick([...SECURITY, 'tls'] as const), name: `saved${files}` };
  const { findings } = await world.editor().reviewFile({ repo, path: pathOf(draft), text: drafted(draft) });
  ledger.counts.saves += 1;
  for (const { id, suggestion } of findings.filter(({ status }) => status === 'posted')) {
    const author = choice.pick(WRITERS);
    const said = { findingId: id, author, source: 'vscode', state: 'active' } as const;
    const verdict = opinionOf(repo, draft.kind);
    if (verdict === 'affirm' && suggestion !== undefined && choice.chance(0.5)) {
      const text = `${suggestion.replacement} // w${files}`;
      await world.editor().editorFeedback({ findingId: id, action: 'modified', text, author });
      ledger.taught.push({ ...said, signal: 'edit', words: text, inThread: true });
      continue;
    }
    const reason = ledger.say(choice.pick(reasonsFor(verdict)));
    const action = verdict === 'affirm' ? 'accepted' : 'dismissed';
    await world.editor().editorFeedback({ findingId: id, action, reason, author });
    const signal = verdict === 'affirm' ? 'confirmation' : 'correction';
    ledger.taught.push({ ...said, signal, verdict, words: reason, inThread: true });
  }
}
