import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ContinuumError } from '@continuum/contract/errors';
import { MessageId, RoomId, ScopeId } from '@continuum/contract/ids';
import { CircuitBreaker } from '@continuum/host/outbox/breaker';
import { writeTarget } from '@continuum/host/outbox/targets';
import { newLayer } from '@continuum/testing/layers';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Gateway } from '../src/gateway.ts';
import { INJECTION, seed, WITHHELD } from './seed.ts';
import { apiOver, post, startBeside, startServer, type TestServer } from './server.ts';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const missing = !existsSync(CHROMIUM);
const SECURITY = ScopeId.parse('/security/');
const MOVES = [
  ['Into shadow', 'shadow'],
  ['Make canary', 'canary'],
  ['Make active', 'active'],
] as const;
const TOKEN = 'a-token-of-some-length';
const ARGUMENTS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

async function build(folder: string): Promise<void> {
  const dashboard = fileURLToPath(new URL('../../../packages/dashboard', import.meta.url));
  const vite = fileURLToPath(new URL('../../../node_modules/vite/bin/vite.js', import.meta.url));
  const argv = [vite, 'build', '--outDir', folder, '--emptyOutDir', '--logLevel', 'error'];
  await promisify(execFile)(process.execPath, argv, { cwd: dashboard });
}

describe.skipIf(missing)(
  `the web room in a browser${missing ? ' (bring it: apt-get install -y chromium)' : ''}`,
  () => {
    let folder: string;
    let server: TestServer;
    let guarded: Gateway;
    let browser: Browser;
    let page: Page;
    /** Errors in the page: any of them fails the test. */
    let errors: string[] = [];

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'dashboard-'));
      const [started, launched] = await Promise.all([
        startServer({ api: apiOver(folder) }, () => build(folder)),
        chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS }),
      ]);
      server = started;
      browser = launched;
      await seed(server.runtime.store);
      guarded = await startBeside(server, { token: TOKEN }, { api: apiOver(folder) });
    });
    afterAll(async () => {
      await browser?.close();
      await guarded?.stop();
      await server?.close();
      await rm(folder, { recursive: true, force: true });
    });
    afterEach(async () => {
      await page.context().close();
      expect(errors).toEqual([]);
    });

    async function open(path: string, options: BrowserContextOptions = {}, url = server.url): Promise<void> {
      errors = [];
      const context = await browser.newContext(options);
      page = await context.newPage();
      page.setDefaultTimeout(10_000);
      page.on('pageerror', (error) => errors.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error' && !message.text().includes('401')) errors.push(message.text());
      });
      await page.goto(`${url}/#/${path}`);
    }

    async function introduce(name: string): Promise<void> {
      await page.getByLabel('Your name or login').fill(name);
      await page.getByRole('button', { name: 'Continue' }).click();
    }

    const card = (title: string) => page.getByRole('region', { name: title }).first();

    it('shows findings with evidence, and every reason behind them', async () => {
      await open('room/dev-updates');
      const finding = card('SQL built from request input');
      await finding.getByText('src/orders/find.ts:15').waitFor();
      await finding.getByText('const rows = await db.query(', { exact: true }).waitFor();
      await finding.getByRole('button', { name: 'Why' }).click();
      const why = finding.getByRole('region', { name: 'Why' });
      expect(await why.getByRole('listitem').count()).toBe(INJECTION.judgement.why.length);
      expect(await why.getByText('— anna').count()).toBe(1);
      const elsewhere = page.getByRole('link', { name: 'on slack' });
      expect(await elsewhere.getAttribute('href')).toBe('https://acme.slack.com/archives/C1/p12');
      const link = why.getByRole('link', { name: 'said here' });
      expect([await link.getAttribute('href'), await link.getAttribute('rel')]).toEqual([
        INJECTION.judgement.why[2]?.link,
        'noopener noreferrer',
      ]);
    });

    it('shows an answer while it is written, and then the finished one in its place', async () => {
      const { store, bus } = server.runtime;
      const [asked] = await store.rooms.messages(RoomId.parse('dev-updates'), { limit: 1 });
      if (asked === undefined) throw new Error('the room is empty');
      const author = { kind: 'persona' as const, id: 'security-ai', name: 'Security AI' };
      const at = new Date().toISOString();
      const place = { roomId: asked.roomId, threadId: asked.threadId ?? asked.id, replyTo: asked.id, author, at };
      const id = MessageId.parse('msg-being-written');
      await open('room/dev-updates');
      await page.getByRole('article').first().waitFor();
      const writing = page.getByRole('article', { name: 'Security AI is writing' });
      const say = async (text: string) => {
        bus.broadcast('room:draft', { messageId: id, ...place, text });
        await writing.getByText(text).waitFor({ timeout: 1000 });
      };
      // The page may not listen yet.
      await vi.waitFor(() => say('An expired session <img src=x>'), { timeout: 10_000 });
      await say('An expired session <img src=x> gives a 401');
      expect(await writing.getByRole('button').count()).toBe(0);
      await store.rooms.addMessage({
        id,
        ...place,
        text: 'Finished: it gives a 401.',
        source: { kind: 'system' },
        hop: 1,
      });
      await bus.emit('room:message', { messageId: id, roomId: asked.roomId });
      await page.getByText('Finished: it gives a 401.').waitFor();
      expect(await writing.count()).toBe(0);
      expect(await page.locator('.message img').count()).toBe(0);
    });

    it('never runs what people write', async () => {
      await open('room/dev-updates');
      await page.getByText('<img src=x onerror="document.title=1">').waitFor();
      expect(await page.locator('.message img, .message script').count()).toBe(0);
      await page.goto(`${server.url}/#/findings?status=withheld`);
      await page.getByRole('button', { name: WITHHELD.title }).click();
      await page.getByText('<script>document.title=1</script>').waitFor();
      expect(await page.locator('a[href^="javascript"]').count()).toBe(0);
      expect(await page.title()).toBe('Continuum');
    });

    it('shows what is stuck with its reason, brings it back in line, and stays up to date', async () => {
      const { store } = server.runtime;
      const bury = async (key: string, error: string) => {
        await store.outbox.enqueue({
          key,
          command: 'github/comment',
          input: { repo: 'acme/shop', pr: 3, body: '<b>hi</b>' },
        });
        const [entry] = await store.outbox.claim(1, new Date(), 60_000);
        await store.outbox.bury(entry?.id ?? '', entry?.attempts ?? 0, error);
      };
      await bury('dead-1', 'CODE_HOST_REJECTED: no permission');
      const breaker = new CircuitBreaker({ threshold: 1 });
      const away = new ContinuumError('CODE_HOST_UNAVAILABLE', 'GitHub did not answer', { retryable: true });
      breaker.failed(Date.now());
      await writeTarget(store.values, 'github', breaker, away, new Date());
      await open('operations');
      const letter = page.getByRole('listitem').filter({ hasText: 'no permission' });
      await letter.getByText('Payload').click();
      await letter.getByText('"body": "<b>hi</b>"').waitFor();
      await page.getByText('does not answer').waitFor();
      await page.getByText('CODE_HOST_UNAVAILABLE: GitHub did not answer').waitFor();
      await page.getByText('whole', { exact: true }).waitFor();
      await letter.getByRole('button', { name: 'Replay' }).click();
      await letter.waitFor({ state: 'detached' });
      expect(await store.outbox.byKey('dead-1')).toMatchObject({ state: 'pending' });
      await page.getByText('dead-letters/replay').first().waitFor();
      const [entry] = await store.outbox.claim(1, new Date(), 60_000);
      await store.outbox.complete(entry?.id ?? '', {});
      await bury('dead-2', 'CODE_HOST_REJECTED: gone');
      await page.getByText('CODE_HOST_REJECTED: gone').waitFor();
      await page.getByRole('button', { name: 'Ask now' }).click();
      await page.getByText('3 missed, 2 of them new and taken in.').waitFor();
    });

    it('says when operations are not of now, and goes on by itself', async () => {
      await open('operations');
      await page.getByText('Effects under way').waitFor();
      await page.route('**/api/v1/operations', (route) =>
        route.fulfill({ status: 503, json: { error: { message: 'busy' } } }),
      );
      await page.getByRole('alert').getByText('not of now: busy').waitFor();
      expect(await page.getByText('Effects under way').count()).toBe(1);
      await page.unroute('**/api/v1/operations');
      await page.getByRole('alert').waitFor({ state: 'detached' });
      errors = errors.filter((error) => !error.includes('503'));
    });

    it('sends a message, and shows what others say without a reload', async () => {
      await open('room/dev-updates');
      await page.getByText('Live', { exact: true }).waitFor();
      await page.getByLabel('Message #dev-updates').fill('Is the old token gone too?');
      await page.keyboard.press('Enter');
      await introduce('ben');
      await page.getByText('Is the old token gone too?').waitFor();
      await post(`${server.url}/api/v1/rooms/dev-updates/messages`, { author: 'carla', text: 'Yes, **gone**' });
      await page.locator('strong', { hasText: /^gone$/ }).waitFor();
      await post(`${server.url}/api/v1/messages/msg_5/reactions`, { author: 'carla', emoji: '🚀' });
      await page.getByRole('button', { name: '🚀, 1' }).waitFor();
    });

    it('answers in a thread by keyboard', async () => {
      await open('room/dev-updates');
      await card('GitHub token').waitFor();
      await page.keyboard.press('j');
      await page.keyboard.press('j');
      await page.keyboard.press('j');
      await page.keyboard.press('r');
      await page.getByLabel('Reply to Security AI').fill('rotated');
      await page.keyboard.press('Enter');
      await introduce('ben');
      await page.locator('.replies .replies').getByText('rotated').waitFor();
      await page.locator('body').press('?');
      await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    });

    it('corrects a finding with its reason, in one line', async () => {
      await open('room/dev-updates');
      await card('SQL built from request input').waitFor();
      await page.keyboard.press('j');
      await page.keyboard.press('j');
      await page.keyboard.press('c');
      await page.getByLabel('Why is this wrong here?').fill('that is parameterized, see line 15');
      await page.keyboard.press('Enter');
      await introduce('anna');
      await page.getByText('Learned. Similar findings').waitFor();
      await card('SQL built from request input').getByText('declined', { exact: true }).waitFor();
      const feedback = await server.runtime.store.learning.listFeedback({ findingId: INJECTION.id });
      expect(feedback.map(({ kind, reason, author, source }) => [kind, reason, author.id, source.kind])).toEqual([
        ['correction', 'that is parameterized, see line 15', 'anna', 'web'],
      ]);
    });

    it('filters findings by address, and says why one was withheld', async () => {
      await open('findings');
      await page.getByRole('button', { name: 'withheld', exact: true }).click();
      await expect.poll(() => page.locator('.finding-row').count()).toBe(1);
      expect(page.url()).toContain('#/findings?status=withheld');
      await page.getByText('names come from our own manifest').waitFor();
      await page.keyboard.press('j');
      await page.keyboard.press('w');
      await page.getByRole('region', { name: 'Why' }).getByText('The rule alone would post it.').waitFor();
    });

    it('does nothing when the question for a name is closed, and asks again', async () => {
      await open('findings?status=withheld');
      await page.locator('.finding-row').waitFor();
      await page.keyboard.press('j');
      const dialog = page.getByRole('dialog', { name: 'Who are you?' });
      await page.keyboard.press('y');
      for (let time = 0; time < 4; time += 1) {
        await dialog.waitFor();
        await page.keyboard.press('Escape');
        // At once, while the closed question is still on its way out.
        await page.keyboard.press('y');
      }
      await dialog.waitFor();
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      expect(await server.runtime.store.learning.listFeedback({ findingId: WITHHELD.id })).toEqual([]);
    });

    it('approves what waits, and forgets on a second word', async () => {
      await open('learned');
      await page.getByText('Waiting for approval').waitFor();
      await page.getByRole('button', { name: 'Approve' }).click();
      await introduce('anna');
      await expect.poll(() => page.getByText('Waiting for approval').count()).toBe(0);
      await page.getByRole('button', { name: 'Forget' }).click();
      await page.getByRole('button', { name: 'Forget' }).click();
      await page.locator('.learned.revoked').waitFor();
    });

    it('shows layers with their gates, moves them and takes them back, and follows a training', async () => {
      const { id } = server.layerStore.add('weights', newLayer({ scope: SECURITY }));
      await open('layers');
      const row = page.locator('.layer').first();
      await row.getByText('candidate').waitFor();
      for (const [button, state] of MOVES) {
        await row.getByRole('button', { name: button }).click();
        await row.locator(`.status.layer-${state}`).waitFor();
      }
      await row.getByText('18 of 20 right, memory alone 16').waitFor();
      await page.getByLabel('Scope').selectOption('/security/');
      await page.getByRole('button', { name: 'Train now' }).click();
      await page.getByText('waits for its turn').waitFor();
      const running = { jobId: 'job_1', scope: SECURITY, state: 'running', step: 30, steps: 40, tokens: 9000 } as const;
      await server.runtime.bus.emit('training:progress', { ...running, loss: 0.4123, etaSeconds: 12 });
      await page.getByText('step 30 of 40 · loss 0.412').waitFor();
      expect(await page.getByRole('progressbar', { name: 'Training of /security/' }).getAttribute('value')).toBe('30');
      await row.getByRole('button', { name: 'Roll back' }).click();
      await row.getByRole('button', { name: 'Roll back' }).click();
      await row.locator('.status.layer-archived').waitFor();
      expect(await row.locator(`code[title="${id}"]`).count()).toBe(1);
    });

    it('takes the token once, for this tab', async () => {
      await open('scopes', {}, guarded.url);
      await page.getByLabel('CONTINUUM_TOKEN').fill(TOKEN);
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.getByText('/security/').first().waitFor();
      await page.reload();
      await page.getByText('/security/').first().waitFor();
      expect(await page.getByLabel('CONTINUUM_TOKEN').count()).toBe(0);
    });

    it('fits a phone, in the dark', async () => {
      const size = { width: 360, height: 740 };
      await open('room/dev-updates', { viewport: size, colorScheme: 'dark', hasTouch: true, isMobile: true });
      await card('GitHub token').waitFor();
      for (const view of ['room/dev-updates', 'findings', 'learned', 'scopes', 'layers']) {
        await page.goto(`${server.url}/#/${view}`);
        await page.locator('h1').waitFor({ state: 'attached' });
        expect([view, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([view, size.width]);
      }
    });

    it('is small and quick', async () => {
      await open('room/dev-updates');
      await card('GitHub token').waitFor();
      const sizes: unknown = await page.evaluate(
        "performance.getEntriesByType('resource').filter((each) => each.name.includes('/assets/')).map((each) => each.encodedBodySize)",
      );
      expect(Array.isArray(sizes) ? sizes.reduce((sum, size) => sum + size, 0) : Number.NaN).toBeLessThan(80_000);
      expect(
        await page.evaluate('performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd'),
      ).toBeLessThan(1000);
    });
  },
);
