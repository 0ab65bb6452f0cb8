import type { FakeGithub } from '../github/fake-github.ts';

export const REPO = 'acme/shop';

/** Pull requests that come in while others look on. */
export interface LoadOptions {
  readonly pulls: number;
  /** Share of the deliveries that come a second and a third time, in [0, 1]. */
  readonly duplicates: number;
  /** Opened at the same time. */
  readonly atOnce: number;
}

export interface Load {
  /** Numbers of the pull requests opened so far. */
  readonly opened: readonly number[];
  readonly duplicates: number;
  /** Resolves when all are opened. */
  readonly done: Promise<void>;
}

/** Opens pull requests, each with one finding that personas post, and sends some of their deliveries again. */
export function startLoad(github: FakeGithub, { pulls, duplicates, atOnce }: LoadOptions): Load {
  const opened: number[] = [];
  const counts = { begun: 0, duplicates: 0 };
  const one = async (index: number): Promise<void> => {
    const branch = `pull-${index}`;
    await github.commit(REPO, branch, { [`src/${branch}.js`]: injection(`run${index}`) });
    const pr = await github.openPullRequest(REPO, { head: branch, base: 'main', title: branch, author: 'bob' });
    opened.push(pr);
    // Evenly spread, the same ones in every run.
    if (Math.floor((index + 1) * duplicates) === Math.floor(index * duplicates)) return;
    const delivery = github.deliveries.findLast(
      ({ event, body }) => event === 'pull_request' && body.includes(`"${branch}"`),
    );
    if (delivery === undefined) return;
    counts.duplicates += 2;
    await Promise.allSettled([github.redeliver(delivery.deliveryId), github.redeliver(delivery.deliveryId)]);
  };
  const runner = async (): Promise<void> => {
    for (let index = counts.begun++; index < pulls; index = counts.begun++) await one(index);
  };
  return {
    opened,
    get duplicates() {
      return counts.duplicates;
    },
    done: Promise.all(Array.from({ length: atOnce }, runner)).then(() => undefined),
  };
}

function injection(name: string): string {
  return `const cp = require('child_process');\nmodule.exports.${name} = (req) => cp.exec('ls ' + req.query.dir);\n`;
}
