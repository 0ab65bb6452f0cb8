import { execFile } from 'node:child_process';
import { access, constants, mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { toContinuumError } from '@continuum/contract/errors';
import { readSettings, type Settings } from '@continuum/host/settings';
import { withSettingsFiles } from '@continuum/host/settings/files';
import type { Command } from 'commander';
import { type Session, sessionOf } from '../output.ts';

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** `continuum doctor`: what works, what does not, and what to do about it. Exit code 1 when something is wrong. */
export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check this machine and the running system')
    .action(async (_flags: unknown, command: Command) => {
      const session = sessionOf(command);
      const checks = await runChecks(session);
      session.print({ ok: checks.every(({ ok }) => ok), checks }, () => checks.map(toLine).join('\n'));
      if (checks.some(({ ok }) => !ok)) process.exitCode = 1;
    });
}

function toLine({ name, ok, detail }: Check): string {
  return `${ok ? 'ok   ' : 'WRONG'} ${name}: ${detail}`;
}

async function runChecks(session: Session): Promise<Check[]> {
  const read = async () => readSettings(await withSettingsFiles(process.env));
  const settings = await check('settings', async () => describeSettings(await read()));
  const rest = settings.ok ? await checkSettings(await read()) : [];
  return [
    await check('node', async () => nodeVersion()),
    await check('git', async () => (await promisify(execFile)('git', ['--version'])).stdout.trim()),
    settings,
    ...rest,
    await check('server', async () => describeReadiness(await session.client.ready())),
  ];
}

async function check(name: string, work: () => Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, detail: await work() };
  } catch (thrown) {
    const { message, next } = toContinuumError(thrown);
    return { name, ok: false, detail: next === undefined ? message : `${message}. ${next}` };
  }
}

function nodeVersion(): string {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return process.version;
  throw new Error(`${process.version} is too old; run it through npm, which brings Node 24`);
}

async function checkSettings(settings: Settings): Promise<Check[]> {
  return [
    await check('home', async () => {
      await mkdir(settings.home, { recursive: true });
      await access(settings.home, constants.W_OK);
      return `${settings.home} is writable`;
    }),
    { name: 'github', ok: true, detail: githubState(settings) },
    {
      name: 'model',
      ok: true,
      detail: settings.openai === undefined ? 'none: personas use analyzers and memory' : settings.openai.model,
    },
  ];
}

function describeSettings({ host, port }: Settings): string {
  return `all variables are valid; serves on ${host}:${port}`;
}

function githubState({ webhookSecrets, github }: Settings): string {
  const receives = webhookSecrets.github === undefined ? 'off (GITHUB_WEBHOOK_SECRET is not set)' : 'on';
  const writes = github.token === undefined && github.app === undefined ? 'off (no GITHUB_TOKEN)' : 'on';
  return `webhooks ${receives}, comments ${writes}`;
}

function describeReadiness({ ready, checks }: { ready: boolean; checks: Record<string, string> }): string {
  const parts = Object.entries(checks).map(([name, state]) => `${name} ${state}`);
  if (!ready) throw new Error(`not ready: ${parts.join(', ')}`);
  return `ready: ${parts.join(', ')}`;
}
