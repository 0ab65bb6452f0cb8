import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { readSettings, SETTING_NAMES } from '@continuum/host/settings';
import { withSettingsFiles } from '@continuum/host/settings/files';
import { type FakeGithub, startFakeGithub } from '@continuum/testing/github/fake';
import { freshHome } from '@continuum/testing/system';
import { appManifest } from '@continuum/webhook-github/app-manifest';
import { createGithubHost } from '@continuum/webhook-github/code-host';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createGithubApp } from '../src/init/github-app.ts';
import { writeSecretFile } from '../src/init/secret-file.ts';
import { slackManifest } from '../src/init/slack.ts';

const MAIN = join(import.meta.dirname, '..', 'src', 'main.ts');
const AppManifest = z.object({
  oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }),
  settings: z.object({ event_subscriptions: z.object({ bot_events: z.array(z.string()) }) }),
});
const TEMPLATE = join(import.meta.dirname, '..', 'src', 'init', 'settings.env');
let place: Awaited<ReturnType<typeof freshHome>>;
let github: FakeGithub;

beforeAll(async () => {
  place = await freshHome();
  github = await startFakeGithub();
});
afterAll(async () => {
  await github?.stop();
  await place?.remove();
});

function folder(name: string): string {
  const path = join(place.home, name);
  mkdirSync(path, { recursive: true });
  return path;
}

/** The page as a browser reads it: where its form goes, and the manifest in it. */
async function readPage(url: string): Promise<{ readonly action: string; readonly manifest: string }> {
  const html = await (await fetch(url)).text();
  const plain = (text: string | undefined) =>
    (text ?? '').replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  const action = plain(/action="([^"]*)"/.exec(html)?.[1]);
  return { action, manifest: plain(/name="manifest" value="([^"]*)"/.exec(html)?.[1]) };
}

/** Presses the button, and says where GitHub sends the browser back to. */
async function press(url: string): Promise<URL> {
  const { action, manifest } = await readPage(url);
  const form = new FormData();
  form.set('manifest', manifest);
  const answer = await fetch(action, { method: 'POST', body: form, redirect: 'manual' });
  return new URL(answer.headers.get('location') ?? '');
}

/** Starts the flow; resolves with the address to open. */
function begin(home: string, signal?: AbortSignal) {
  const opened = Promise.withResolvers<string>();
  const made = createGithubApp({
    ...{ githubUrl: github.url, apiUrl: github.url, home, name: 'Continuum', opened: opened.resolve },
    ...(signal === undefined ? {} : { signal }),
  });
  return { made, opened: opened.promise };
}

describe('init github', () => {
  test('makes an App whose key works, in a file that nobody else may read', async () => {
    const home = folder('made');
    const { made, opened } = begin(home);
    const callback = await press(await opened);
    expect((await fetch(callback)).status).toBe(200);
    const { file, installUrl } = await made;
    expect(installUrl).toBe(`${github.url}/apps/continuum/installations/new`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const settings = readSettings(await withSettingsFiles({ CONTINUUM_HOME: home }));
    expect(settings.github).toMatchObject({ apiUrl: github.url, app: { id: github.app().id } });
    expect(settings.webhookSecrets.github).toBe('w'.repeat(40));
    await github.createRepo('acme/made', { collaborators: { ada: 'write' } });
    const { apiUrl, app } = settings.github;
    const host = createGithubHost({ apiUrl, app, throttle: false });
    expect(await host.permission('acme/made', 'ada')).toBe('write');
  });

  test('takes no code that comes with another state, and waits on for the right one', async () => {
    const { made, opened } = begin(folder('states'));
    const callback = await press(await opened);
    const forged = new URL(callback);
    forged.searchParams.set('state', 'x'.repeat(32));
    expect((await fetch(forged)).status).toBe(400);
    forged.searchParams.delete('state');
    expect((await fetch(forged)).status).toBe(400);
    expect((await fetch(callback)).status).toBe(200);
    await expect(made).resolves.toMatchObject({ slug: 'continuum' });
  });

  test('shows its page only to who knows the way to it, under the name of this machine', async () => {
    const stop = new AbortController();
    const { made, opened } = begin(folder('ways'), stop.signal);
    const url = new URL(await opened);
    expect((await fetch(url.origin)).status).toBe(404);
    const { request } = await import('node:http');
    const status = await new Promise((resolve) => {
      request(url, { headers: { host: 'evil.example' } }, ({ statusCode }) => resolve(statusCode)).end();
    });
    expect(status).toBe(403);
    stop.abort();
    await expect(made).rejects.toMatchObject({ code: 'ABORTED' });
  });

  test('says what GitHub says of a code that was used, and overwrites no key', async () => {
    const home = folder('used');
    const first = begin(home);
    const callback = await press(await first.opened);
    await fetch(callback);
    const { file } = await first.made;
    const before = readFileSync(file, 'utf8');
    const second = begin(home);
    const again = await press(await second.opened);
    const refused = expect(second.made).rejects.toMatchObject({ code: 'CONFLICT' });
    await fetch(again);
    await refused;
    expect(readFileSync(file, 'utf8')).toBe(before);
    const third = begin(folder('third'));
    const used = new URL((await press(await third.opened)).href);
    used.searchParams.set('code', callback.searchParams.get('code') ?? '');
    const rejected = expect(third.made).rejects.toMatchObject({ code: 'CODE_HOST_REJECTED' });
    expect((await fetch(used)).status).toBe(502);
    await rejected;
  });

  test('never prints the key or the secret', { timeout: 120_000 }, async () => {
    const home = folder('printed');
    const args = ['init', 'github', '--github-url', github.url, '--api-url', github.url];
    const env = { PATH: process.env.PATH ?? '', HOME: home, CONTINUUM_HOME: home };
    const child = spawn(process.execPath, [MAIN, ...args], { env, cwd: home });
    let printed = '';
    child.stderr.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    for await (const line of createInterface({ input: child.stdout })) {
      printed += `${line}\n`;
      if (line.startsWith('http://127.0.0.1')) await fetch(await press(line));
    }
    expect(await ended).toBe(0);
    expect(printed).toContain('github-app.env');
    expect(printed).not.toMatch(/BEGIN|wwww|PRIVATE/);
    expect(readFileSync(join(home, 'github-app.env'), 'utf8')).toContain('BEGIN');
  });
});

describe('the manifest of the GitHub App', () => {
  test('asks for the events that are handled and the least that they take', () => {
    const manifest = appManifest({ name: 'c', redirectUrl: 'http://127.0.0.1/callback' });
    expect(manifest.default_events).toEqual(
      expect.arrayContaining(['pull_request', 'issue_comment', 'pull_request_review_comment', 'push']),
    );
    expect(manifest.default_events.join()).not.toContain('installation');
    expect(manifest.default_permissions).toMatchObject({ contents: 'read', pull_requests: 'write', metadata: 'read' });
    expect(Object.keys(manifest.default_permissions)).not.toContain('administration');
    const closing = appManifest({ name: 'c', redirectUrl: 'http://127.0.0.1/callback', closesThreads: true });
    expect(closing.default_permissions).toEqual({ ...manifest.default_permissions, contents: 'write' });
    expect(manifest.hook_attributes.active).toBe(false);
  });
});

describe('init slack', () => {
  test('asks for the rights of what is called and the events that are heard', () => {
    const { oauth_config, settings } = AppManifest.parse(slackManifest(undefined));
    // What each right is for: history to hear and to find what was missed, metadata to find a post of ours again.
    expect(oauth_config.scopes.bot).toEqual([
      ...['channels:history', 'channels:read', 'chat:write', 'chat:write.customize', 'commands', 'groups:history'],
      ...['groups:read', 'im:history', 'metadata.message:read', 'reactions:read', 'users:read'],
    ]);
    const { bot_events: events } = settings.event_subscriptions;
    expect(events).toEqual(expect.arrayContaining(['message.channels', 'message.groups', 'message.im']));
    // The same words come as a message: heard twice they would be two.
    expect(events).not.toContain('app_mention');
  });

  test('without an address it opens a socket; with one Slack calls us', () => {
    expect(slackManifest(undefined)).toMatchObject({ settings: { socket_mode_enabled: true } });
    const url = 'https://continuum.example.org/webhooks/slack';
    expect(slackManifest('https://continuum.example.org')).toMatchObject({
      features: { slash_commands: [{ command: '/continuum', url }] },
      settings: {
        socket_mode_enabled: false,
        event_subscriptions: { request_url: url, bot_events: expect.arrayContaining(['message.channels']) },
        interactivity: { is_enabled: true, request_url: url },
      },
    });
  });
});

describe('files of settings', () => {
  test('the one that init writes names all settings and sets none', async () => {
    const text = readFileSync(TEMPLATE, 'utf8');
    const named = [...text.matchAll(/^#([A-Z_]+)=/gm)].map(([, name]) => name ?? '');
    // The file lies in CONTINUUM_HOME and cannot name it.
    expect(named.toSorted()).toEqual([...SETTING_NAMES].filter((name) => name !== 'CONTINUUM_HOME').toSorted());
    const home = folder('template');
    await writeSecretFile(join(home, 'settings.env'), text);
    expect(await withSettingsFiles({ CONTINUUM_HOME: home })).toEqual({ CONTINUUM_HOME: home });
  });

  test('what the environment says wins, and an empty variable says nothing', async () => {
    const home = folder('wins');
    await writeSecretFile(join(home, 'a.env'), 'PORT=1\nLOG_LEVEL=warn\nSLACK_CHANNEL=C1\n');
    await writeSecretFile(join(home, 'b.env'), 'PORT=2\n');
    const read = await withSettingsFiles({ CONTINUUM_HOME: home, LOG_LEVEL: 'error', SLACK_CHANNEL: '' });
    expect(read).toEqual({ CONTINUUM_HOME: home, PORT: '2', LOG_LEVEL: 'error', SLACK_CHANNEL: 'C1' });
  });

  test.each([
    ['others may read it', 'PORT=1\n', 0o644, 'chmod 600'],
    ['it names what is no setting', 'NODE_OPTIONS=--inspect\n', 0o600, 'NODE_OPTIONS'],
  ])('is refused when %s', async (name, text, mode, says) => {
    const home = folder(name);
    writeFileSync(join(home, 'x.env'), text, { mode });
    await expect(withSettingsFiles({ CONTINUUM_HOME: home })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    const told = await withSettingsFiles({ CONTINUUM_HOME: home }).catch((error: Error & { next?: string }) =>
      [error.message, error.next].join(),
    );
    expect(told).toContain(says);
  });
});
