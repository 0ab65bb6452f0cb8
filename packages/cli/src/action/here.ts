import { join } from 'node:path';
import type { ChangeSet } from '@continuum/contract/change-set';
import type { CommandContext, CommandInput } from '@continuum/contract/command';
import { toContinuumError } from '@continuum/contract/errors';
import { MessageId, RoomId } from '@continuum/contract/ids';
import { openReviewer, type Reviewer } from '@continuum/daemon-continuum/reviewer';
import { hasCommits } from '@continuum/git/tree-files';
import { readSettings } from '@continuum/host/settings';
import type { Told } from '@continuum/webhook-github/told';
import { root } from '../root.ts';
import type { Known } from './change.ts';
import type { ActionInputs } from './inputs.ts';
import type { Outcome } from './outcome.ts';
import { takeTrusted } from './trusted.ts';

export interface Task {
  readonly inputs: ActionInputs;
  readonly subject: Known;
  readonly change: ChangeSet;
  readonly told: Told;
  /** An empty folder for everything that is gone afterwards. */
  readonly folder: string;
  /** Where a model's address and key may stand. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const SYSTEM: CommandContext = { caller: { kind: 'system', id: 'action' } };
const ROOM = RoomId.parse('dev-updates');

/** Reviews in this process, over a store that lasts as long as the run, with what the base of the repository has learned. */
export async function reviewHere(task: Task): Promise<Outcome> {
  const { subject, inputs } = task;
  const notes: string[] = [];
  const lessons = await trusted(task, notes);
  const reviewer = await openReviewer(settingsOf(task), root);
  try {
    const { commands, personas } = reviewer.runtime;
    const { repo } = subject;
    if (lessons !== '') await commands.execute('lessons/import', { repo, jsonl: lessons }, SYSTEM);
    if (inputs.learn === 'folder') await hear(reviewer, task, notes);
    const answer = await commands.execute('review/run', { ...reviewOf(task), dryRun: true }, SYSTEM);
    const learned = inputs.learn === 'folder' ? await whatIsNew(reviewer, repo, lessons) : {};
    return { ...answer, personas, notes, ...learned };
  } finally {
    await reviewer.close();
  }
}

/** Only what is merged already teaches: a pull request's own folder is not looked at. */
async function trusted({ inputs, subject, folder }: Task, notes: string[]): Promise<string> {
  for (const revision of mergedRevisions(subject)) {
    if (!(await hasCommits(inputs.workspace, [revision]))) continue;
    const { lessons } = await takeTrusted(inputs.workspace, revision, join(folder, 'definitions'));
    return inputs.learn === 'folder' ? lessons : '';
  }
  notes.push('The checkout does not have the base commit, so nothing learned was used: give it `fetch-depth: 0`.');
  return '';
}

/** The tip of the base branch first: the commit that an event names may be as old as its pull request. */
function mergedRevisions(subject: Known): string[] {
  if (subject.kind === 'push') return [subject.head];
  return [`refs/remotes/origin/${subject.baseRef}`, subject.base];
}

function settingsOf({ inputs, subject, folder, environment }: Task): ReturnType<typeof readSettings> {
  const isFork = subject.kind === 'pull-request' && subject.fork;
  // A stranger's change comes near neither a key nor a token.
  const { OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL } = isFork ? {} : environment;
  return readSettings({
    ...{ PORT: '0', LOG_LEVEL: environment.RUNNER_DEBUG === '1' ? 'debug' : 'silent' },
    ...{ CONTINUUM_HOME: join(folder, 'home'), CONTINUUM_DEFINITIONS: join(folder, 'definitions') },
    ...{ GITHUB_API_URL: inputs.github.apiUrl, GITHUB_TOKEN: isFork ? undefined : inputs.github.token },
    ...{ OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL },
  });
}

function reviewOf({ change, inputs, subject }: Task): CommandInput<'review/run'> {
  const key = subject.kind === 'push' ? subject.head : `${subject.repo}#${subject.pr}@${subject.head}`;
  return { change, key: `action:${key}`, trigger: 'cli', ...(inputs.cap === undefined ? {} : { cap: inputs.cap }) };
}

/**
 * Takes up what people answered to earlier comments of ours on this pull request. Who may teach is asked of the code host, as
 * ever; what was said of code that is gone by now is not learned from.
 */
async function hear(reviewer: Reviewer, { change, subject, told }: Task, notes: string[]): Promise<void> {
  const answered = told.threads.filter(({ replies }) => replies.length > 0);
  if (subject.kind !== 'pull-request' || answered.length === 0) return;
  const { repo, pr } = subject;
  const { commands } = reviewer.runtime;
  // The same claims under the same ids on every run, whatever was learned meanwhile.
  const all = { change, key: `action:${repo}#${pr}`, arm: 'none', cap: 1000, trigger: 'cli' } as const;
  const { findings } = await commands.execute('review/run', all, SYSTEM);
  let gone = 0;
  for (const { fingerprint, replies } of answered) {
    const finding = findings.find((each) => each.fingerprint === fingerprint);
    if (finding === undefined) gone += replies.length;
    for (const { externalId, author: id, body, url, at } of finding === undefined ? [] : replies) {
      const source = { kind: 'github', externalId, url, repo, pr } as const;
      const author = { kind: 'person', id, name: id } as const;
      const said = { roomId: ROOM, author, text: body.slice(0, 20_000) || '-', source, at, findingId: finding?.id };
      await commands.execute('chat/send', { ...said, id: MessageId.parse(`msg_github_${externalId}`) }, SYSTEM);
      // One after the other: what somebody says last is what counts.
      await settled(reviewer, notes);
    }
  }
  if (gone > 0) notes.push(`${gone} answers are about code that is not there any more; nothing was learned from them.`);
}

async function settled(reviewer: Reviewer, notes: string[]): Promise<void> {
  try {
    await reviewer.settled();
  } catch (thrown) {
    const note = `Not every answer could be learned from: ${toContinuumError(thrown).message}.`;
    if (!notes.includes(note)) notes.push(note);
  }
}

async function whatIsNew({ runtime }: Reviewer, repo: string, before: string): Promise<Pick<Outcome, 'lessons'>> {
  const { jsonl } = await runtime.commands.execute('lessons/export', { repo }, SYSTEM);
  const known = new Set(before.split('\n'));
  const added = jsonl.split('\n').filter((line) => line !== '' && !known.has(line)).length;
  return added === 0 ? {} : { lessons: { jsonl, added } };
}
