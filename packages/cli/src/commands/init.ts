import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';
import type { Command } from 'commander';
import { writeSecretFile } from '../init/secret-file.ts';
import { slackManifest } from '../init/slack.ts';
import { type Session, sessionOf } from '../output.ts';

const GITHUB = 'https://github.com';

/** `continuum init`: settings to begin with, a GitHub App, the manifest of the Slack app. */
export function addInit(program: Command): void {
  const init = program.command('init').description('settings to begin with, and the apps of GitHub and Slack');
  init
    .command('settings', { isDefault: true })
    .description('write a file of settings with all of them named and none of them set')
    .action(async (_flags: unknown, command: Command) => {
      const file = join(home(), 'settings.env');
      await writeSecretFile(file, await readFile(join(import.meta.dirname, '..', 'init', 'settings.env'), 'utf8'));
      sessionOf(command).print({ file }, () =>
        [
          `${file}: every setting, none of them set; none is needed to begin.`,
          'npm start                        runs it',
          'npm run continuum -- init github makes a GitHub App',
          'npm run continuum -- init slack  prints the manifest of the Slack app',
          'npm run continuum -- doctor      says what works and what is missing',
        ].join('\n'),
      );
    });
  addGithub(init);
  init
    .command('slack')
    .description('print the manifest of the Slack app, for https://api.slack.com/apps?new_app=1')
    .option('--url <address>', 'public https address of this Continuum; Socket Mode without one')
    .action((flags: { url?: string }) => {
      console.log(
        JSON.stringify(slackManifest(flags.url === undefined ? undefined : httpUrl(flags.url)), undefined, 2),
      );
    });
}

interface GithubFlags {
  readonly name: string;
  readonly org?: string;
  readonly url?: string;
  readonly githubUrl: string;
  readonly apiUrl?: string;
  readonly closeThreads?: boolean;
}

function addGithub(init: Command): void {
  init
    .command('github')
    .description('make a GitHub App in the browser; its key goes to a file that only you can read')
    .option('--name <name>', 'how it is called, unique on GitHub', 'Continuum')
    .option('--org <organization>', 'who owns it; you, when absent')
    .option('--url <address>', 'public address of this Continuum, where webhooks go')
    .option('--github-url <address>', 'another GitHub, such as an Enterprise', process.env.GITHUB_URL ?? GITHUB)
    .option('--close-threads', 'ask for contents: write as well, which GitHub wants of who closes review threads')
    .option('--api-url <address>', 'its REST API, when it is at an unusual place', process.env.GITHUB_API_URL)
    .action(async (flags: GithubFlags, command: Command) => {
      const { createGithubApp } = await import('../init/github-app.ts');
      const session = sessionOf(command);
      const made = await createGithubApp({
        ...{ home: home(), name: flags.name, organization: flags.org, closesThreads: flags.closeThreads },
        ...{ githubUrl: httpUrl(flags.githubUrl), apiUrl: httpUrl(flags.apiUrl ?? apiOf(flags.githubUrl)) },
        webhookUrl: flags.url === undefined ? undefined : new URL('/webhooks/github', httpUrl(flags.url)).href,
        opened: (url) => tell(session, `Open this in your browser:\n${url}`),
      });
      session.print(made, ({ file, slug, installUrl }) =>
        [
          `The App ${slug} is made; its id, key and webhook secret are in ${file}.`,
          `Install it on repositories: ${installUrl}`,
          'Then: npm start',
        ].join('\n'),
      );
    });
}

/** Standard output is for the answer. */
function tell({ json }: Session, text: string): void {
  if (json) console.error(text);
  else console.log(text);
}

function home(): string {
  return process.env.CONTINUUM_HOME || '.continuum';
}

function apiOf(githubUrl: string): string {
  const url = githubUrl.replace(/\/+$/, '');
  return url === GITHUB ? 'https://api.github.com' : `${url}/api/v3`;
}

function httpUrl(text: string): string {
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? '')) return text;
  throw new ContinuumError('INVALID_INPUT', `${JSON.stringify(text)} is no address`, {
    next: 'Use one such as https://continuum.example.org.',
  });
}
