import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ChangedFile, ChangeSet } from '@continuum/contract/change-set';
import type { Arm } from '@continuum/contract/command';
import { ContinuumError } from '@continuum/contract/errors';
import { FindingId } from '@continuum/contract/ids';
import { ContinuumClient } from '@continuum/sdk/client';
import type { Laboratory, Reviewed, TeamDriver } from './driver.ts';
import type { Reply } from './maintainer.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..', '..');
const READY_MS = 120_000;
const CAP = 1000;

/** Every team has a whole Continuum in a process and an empty home of its own: layers belong to scopes, not to teams. */
export async function httpLaboratory(): Promise<Laboratory> {
  const open = new Set<HttpTeam>();
  return {
    async team(id) {
      const team = await startTeam(`${id}/corpus`);
      open.add(team);
      return team;
    },
    async close() {
      await Promise.all([...open].map((team) => team.close()));
    },
  };
}

/** @throws ContinuumError INTERNAL when the system does not get ready. */
async function startTeam(repo: string): Promise<HttpTeam> {
  const home = await mkdtemp(join(tmpdir(), 'continuum-learning-curve-'));
  const child = spawn(process.execPath, [join(ROOT, 'packages/cli/src/main.ts'), 'start'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH ?? '', HOME: home, CONTINUUM_HOME: home, PORT: '0', LOG_LEVEL: 'warn' },
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.kill('SIGTERM')) await once(child, 'exit');
    await rm(home, { recursive: true, force: true });
  };
  try {
    return new HttpTeam(new ContinuumClient({ url: await addressOf(child) }), repo, stop);
  } catch (cause) {
    await stop();
    throw new ContinuumError('INTERNAL', 'The system did not get ready.', { cause });
  }
}

async function addressOf({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new ContinuumError('INTERNAL', 'The system has no output.');
  const timeout = AbortSignal.timeout(READY_MS);
  for await (const line of createInterface({ input: stdout, signal: timeout })) {
    const url = /http:\/\/[\w.:[\]-]+:\d+/.exec(String(line))?.[0];
    if (url !== undefined) {
      stdout.resume();
      return url;
    }
  }
  throw new ContinuumError('INTERNAL', 'The system ended before it said where it listens.');
}

class HttpTeam implements TeamDriver {
  readonly #client: ContinuumClient;
  readonly #repo: string;
  readonly #stop: () => Promise<void>;

  constructor(client: ContinuumClient, repo: string, stop: () => Promise<void>) {
    this.#client = client;
    this.#repo = repo;
    this.#stop = stop;
  }

  review(change: ChangeSet): Promise<Reviewed[]> {
    return this.#review(change, { arm: 'memory' });
  }

  decide(change: ChangeSet, arm: Arm): Promise<Reviewed[]> {
    return this.#review(change, { arm, dryRun: true });
  }

  async correct(findingId: string, { verdict, reason }: Reply): Promise<void> {
    const kind = verdict === 'right' ? 'confirmation' : 'correction';
    const said = reason === '' ? {} : { reason };
    const id = FindingId.parse(findingId);
    await this.#client.feedback({ findingId: id, kind, value: verdict, author: 'maintainer', ...said });
  }

  async train(): Promise<boolean> {
    // Too few corrections to judge a layer by are no failure here: the team goes on without one.
    const trained = await this.#client.train({ scope: '/', wait: true }).catch(() => undefined);
    return trained?.layer?.state === 'active';
  }

  close(): Promise<void> {
    return this.#stop();
  }

  async #review(change: ChangeSet, tuning: { readonly arm: Arm; readonly dryRun?: boolean }): Promise<Reviewed[]> {
    const request = { patch: toPatch(change), repo: this.#repo, title: change.title, cap: CAP, ...tuning };
    const { findings } = await this.#client.review(request);
    return findings.map((finding) => ({ id: finding.id, finding, posted: finding.judgement.verdict === 'post' }));
  }
}

/** A change set of added files as git would write it. */
export function toPatch(change: ChangeSet): string {
  return change.files.map(addedFilePatch).join('');
}

function addedFilePatch({ path, hunks }: ChangedFile): string {
  const lines = hunks.flatMap((hunk) => hunk.lines);
  if (lines.length === 0) return '';
  const head = `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1,${lines.length} @@\n`;
  return head + lines.map(({ text }) => `+${text}\n`).join('');
}
