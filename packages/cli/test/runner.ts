import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toContinuumError } from '@continuum/contract/errors';
import type { FakeGithub } from '@continuum/testing/github/fake-github';
import { vi } from 'vitest';
import { z } from 'zod';
import { runAction } from '../src/action/run.ts';

const MAIN = join(import.meta.dirname, '..', 'src', 'main.ts');
const PullJson = z.looseObject({ base: z.looseObject({ repo: z.unknown() }), head: z.looseObject({}) });

export interface Step {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  /** The SARIF that it wrote, parsed; undefined for none. */
  readonly sarif: unknown;
}

export interface StepOptions {
  readonly event?: string;
  readonly inputs?: Readonly<Record<string, string>>;
  /** Changes the payload of the event before the runner writes it. */
  readonly change?: (payload: Record<string, unknown>) => Record<string, unknown>;
  /** Commits that the checkout has; all when absent. */
  readonly depth?: number;
  /** In a process of its own, as the runner does it. */
  readonly alone?: boolean;
  /** Happens in the checkout before the step. */
  readonly prepare?: (workspace: string) => void;
}

/** A runner of GitHub Actions as far as a step sees it: event file, environment, checkout, files for outputs and summary. */
export class Runner {
  readonly #github: FakeGithub;
  readonly #folder: string;
  readonly #repo: string;
  #steps = 0;

  constructor(github: FakeGithub, folder: string, repo: string) {
    this.#github = github;
    this.#folder = folder;
    this.#repo = repo;
  }

  /** Runs the step on a pull request, in a fresh checkout of its head. */
  async onPullRequest(pr: number, options: StepOptions = {}): Promise<Step> {
    const url = `${this.#github.url}/repos/${this.#repo}/pulls/${pr}`;
    const pull = PullJson.parse(await (await fetch(url)).json());
    const payload = { action: 'synchronize', number: pr, pull_request: pull, repository: pull.base.repo };
    return this.run(options.event ?? 'pull_request', options.change?.(payload) ?? payload, options);
  }

  /** Runs the step on any event. */
  async run(event: string, payload: unknown, options: StepOptions = {}): Promise<Step> {
    this.#steps += 1;
    const place = join(this.#folder, this.#repo.replace('/', '-'), `step-${this.#steps}`);
    const workspace = join(place, 'work');
    mkdirSync(place, { recursive: true });
    this.#checkout(workspace, options.depth);
    options.prepare?.(workspace);
    const at = (name: string) => join(place, name);
    writeFileSync(at('event.json'), JSON.stringify(payload));
    const inputs = Object.entries({ TOKEN: this.#github.token, ...options.inputs });
    const environment = {
      ...{ PATH: process.env.PATH ?? '', HOME: place, RUNNER_TEMP: place, GITHUB_THROTTLE: 'off' },
      ...{ GITHUB_EVENT_NAME: event, GITHUB_EVENT_PATH: at('event.json'), GITHUB_WORKSPACE: workspace },
      ...{ GITHUB_API_URL: this.#github.url, GITHUB_OUTPUT: at('output'), GITHUB_STEP_SUMMARY: at('summary') },
      ...Object.fromEntries(inputs.map(([name, value]) => [`INPUT_${name}`, value])),
    };
    const ran = await (options.alone === true ? start(environment, workspace) : here(environment));
    const outputs = readOutputs(readIf(at('output')));
    const sarif = readIf(join(workspace, outputs['sarif-file'] || 'none'));
    return { ...ran, outputs, summary: readIf(at('summary')), sarif: sarif === '' ? undefined : JSON.parse(sarif) };
  }

  /** The folder of the newest step's checkout. */
  get workspace(): string {
    return join(this.#folder, this.#repo.replace('/', '-'), `step-${this.#steps}`, 'work');
  }

  #checkout(workspace: string, depth: number | undefined): void {
    const from = `file://${this.#github.gitFolder(this.#repo)}`;
    const shallow = depth === undefined ? [] : ['--depth', String(depth)];
    execFileSync('git', ['clone', '--quiet', '--no-checkout', ...shallow, from, workspace], { stdio: 'ignore' });
    execFileSync('git', ['checkout', '--quiet', 'main'], { cwd: workspace, stdio: 'ignore' });
  }
}

/** In this process: what a process of its own does as well, without the seconds that it takes to start. */
async function here(env: Record<string, string>): Promise<Pick<Step, 'code' | 'out' | 'err'>> {
  const said = vi.spyOn(console, 'log').mockImplementation(() => {});
  const out = () => said.mock.calls.map(([line]) => `${line}\n`).join('');
  try {
    const { failed } = await runAction(env);
    return { code: failed ? 1 : 0, out: out(), err: '' };
  } catch (thrown) {
    const { code, message, next = '' } = toContinuumError(thrown);
    return { code: 1, out: out(), err: `${code}: ${message}\n${next}` };
  } finally {
    said.mockRestore();
  }
}

function start(env: Record<string, string>, cwd: string): Promise<Pick<Step, 'code' | 'out' | 'err'>> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, 'action'], { env, cwd }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    );
  });
}

function readIf(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** `name<<end`, the value, `end`: as the runner reads them. */
function readOutputs(text: string): Record<string, string> {
  const found = text.matchAll(/^([\w-]+)<<(\S+)\n([\s\S]*?)\n?\2$/gm);
  return Object.fromEntries([...found].map(([, name = '', , value = '']) => [name, value]));
}
