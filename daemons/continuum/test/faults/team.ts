import { setTimeout as sleep } from 'node:timers/promises';
import { type Observed, REPO } from './world.ts';

/** What one pull request of the team must lead to. */
export interface Expected {
  readonly pr: number;
  /** Files with one finding each. */
  readonly files: string[];
  /** Words that stand in exactly one message of the room. */
  readonly said: string[];
  /** Questions, with the thread they stand in. */
  readonly asked: { readonly thread: number; readonly word: string }[];
  /** Comments about a finding, each of which makes exactly one example. */
  readonly taught: number[];
}

const risky = (name: string): string =>
  `const cp = require('child_process');\n\nmodule.exports.${name} = (req) => cp.exec('ls ' + req.query.${name});\n`;

/** People at work: they open pull requests, push, ask and judge until they are told to stop. */
export class Team {
  readonly expected: Expected[] = [];
  readonly #world: Observed;
  #working = false;
  #work: Promise<void> = Promise.resolve();
  #count = 0;

  constructor(world: Observed) {
    this.#world = world;
  }

  /** Starts to work: one thing after the other with `pauseMs` in between, `most` pull requests at most. */
  start({ pauseMs = 50, most = 40 } = {}): void {
    this.#working = true;
    this.#work = this.#run(pauseMs, most);
    // Seen in `stop`.
    this.#work.catch(() => {});
  }

  /** Finishes what is begun. Rejects when something went wrong in between. */
  async stop(): Promise<void> {
    this.#working = false;
    await this.#work;
    await this.#world.github.settled();
  }

  async #run(pauseMs: number, most: number): Promise<void> {
    while (this.#working && this.expected.length < most) {
      await this.openOne();
      await sleep(pauseMs);
      await this.#goOn(pauseMs);
    }
  }

  /** A pull request with one finding. */
  async openOne(): Promise<Expected> {
    const { github } = this.#world;
    this.#count += 1;
    const name = `part${this.#count}`;
    const file = `src/${name}.js`;
    await github.commit(REPO, name, { [file]: risky(name) });
    const pr = await github.openPullRequest(REPO, { head: name, base: 'main', title: name, author: 'bob' });
    const expected = { pr, files: [file], said: [], asked: [], taught: [] };
    this.expected.push(expected);
    return expected;
  }

  /** Something happens on one of the older pull requests. */
  async #goOn(pauseMs: number): Promise<void> {
    const old = this.expected.find((each) => each.taught.length === 0 && this.#threadOf(each));
    if (old === undefined) return;
    if (old.pr % 3 === 0) await this.push(old);
    await (old.pr % 2 === 0 ? this.ask(old) : this.judge(old));
    await sleep(pauseMs);
  }

  /** Another file with a finding, on the same pull request. */
  async push(expected: Expected): Promise<void> {
    this.#count += 1;
    const name = `more${this.#count}`;
    const file = `src/${name}.js`;
    await this.#world.github.push(REPO, expected.pr, { [file]: risky(name) });
    expected.files.push(file);
  }

  async ask(expected: Expected): Promise<void> {
    const thread = this.#threadOf(expected);
    if (thread === undefined) throw new Error(`nothing to ask about on #${expected.pr}`);
    const word = this.#word('question');
    const id = await this.#world.github.reply(REPO, expected.pr, thread, 'bob', `Why is this a problem? ${word}`);
    expected.said.push(word);
    expected.asked.push({ thread, word });
    expected.taught.push(id);
  }

  async judge(expected: Expected): Promise<void> {
    const thread = this.#threadOf(expected);
    if (thread === undefined) throw new Error(`nothing to judge on #${expected.pr}`);
    const word = this.#word('judgement');
    const id = await this.#world.github.reply(REPO, expected.pr, thread, 'alice', `Good catch, thank you. ${word}`);
    expected.said.push(word);
    expected.taught.push(id);
  }

  /** The first thread that the system opened there. */
  #threadOf({ pr }: Expected): number | undefined {
    const { github } = this.#world;
    return github
      .reviewComments(REPO, pr)
      .find(({ author, inReplyTo }) => author === github.bot && inReplyTo === undefined)?.id;
  }

  #word(kind: string): string {
    this.#count += 1;
    return `${kind}-no-${this.#count}-end`;
  }
}
