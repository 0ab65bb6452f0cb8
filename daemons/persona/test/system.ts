import { createServer } from 'node:http';
import { join } from 'node:path';
import { WebhookEventName } from '@continuum/contract/event';
import type { Finding } from '@continuum/contract/finding';
import { EventId } from '@continuum/contract/ids';
import type { Tracker } from '@continuum/contract/ports/tracker';
import { ALL_PARTS, compose } from '@continuum/host/compose';
import { createOutbox } from '@continuum/host/outbox';
import type { Runtime } from '@continuum/host/runtime';
import { readSettings } from '@continuum/host/settings';
import { type FakeGithub, startFakeGithub } from '@continuum/testing/github/fake';
import { freshHome } from '@continuum/testing/system';
import { createGithubHost } from '@continuum/webhook-github/code-host';
import { verifyDelivery } from '@continuum/webhook-github/delivery';
import { createPersonaDaemon } from '../src/daemon.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const SECRET = 'a-webhook-secret';
export const REPO = 'acme/shop';

export interface PersonaSystem {
  readonly runtime: Runtime;
  readonly github: FakeGithub;
  /** Every event was handled and every external effect was performed. */
  settled(): Promise<void>;
  /** A branch with these files, and its pull request; resolves when it is reviewed. */
  open(branch: string, files: Readonly<Record<string, string>>): Promise<number>;
  findings(pr: number): Promise<Finding[]>;
  /** GitHub delivers to us, from the beginning and again after it did not. */
  listen(): void;
  close(): Promise<void>;
}

interface StartOptions {
  /** Sign in as an App, which may write checks, and not with a token. */
  readonly asApp?: boolean;
  /** What stands on `main`. */
  readonly files?: Readonly<Record<string, string>>;
  /** Default: the clock of this machine. */
  readonly now?: () => Date;
  readonly trackers?: readonly Tracker[];
}

/** The persona daemon and the outbox over a real store, bus and analyzers, connected to a GitHub on real git. */
export async function startPersonas(
  environment: Readonly<Record<string, string>> = {},
  { asApp = false, files = { 'README.md': '# shop\n' }, now = () => new Date(), trackers }: StartOptions = {},
): Promise<PersonaSystem> {
  const place = await freshHome();
  const github = await startFakeGithub();
  await github.createRepo(REPO, {
    collaborators: { alice: 'write' },
    files,
  });
  const settings = readSettings({
    PORT: '0',
    LOG_LEVEL: 'silent',
    CONTINUUM_HOME: place.home,
    ...(asApp
      ? { GITHUB_APP_ID: github.app().id, GITHUB_APP_PRIVATE_KEY: github.app().privateKey }
      : { GITHUB_TOKEN: github.token }),
    GITHUB_API_URL: github.url,
    ...environment,
  });
  const { runtime: composed, close } = await compose(settings, ROOT, ALL_PARTS);
  // GitHub asks for one write a second; the fake does not mind.
  const account = asApp ? { app: github.app() } : { token: github.token };
  const codeHost = createGithubHost({ apiUrl: github.url, ...account, throttle: false });
  const runtime: Runtime = { ...composed, codeHost, now, ...(trackers === undefined ? {} : { trackers }) };
  const { store } = runtime;
  const outbox = createOutbox(runtime);
  const daemon = createPersonaDaemon(runtime);
  await daemon.start();
  await outbox.start();
  const receiver = await startReceiver(runtime);
  const listen = (): void => github.setWebhook({ url: receiver.url, secret: SECRET });
  listen();
  const settled = async (): Promise<void> => {
    await github.settled();
    await runtime.bus.idle();
    while ((await store.outbox.pending()) > 0) {
      outbox.poke();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await github.settled();
    await runtime.bus.idle();
  };
  return {
    runtime,
    github,
    settled,
    listen,
    async open(branch, files) {
      await github.commit(REPO, branch, files);
      const pr = await github.openPullRequest(REPO, { head: branch, base: 'main', title: branch, author: 'bob' });
      await settled();
      return pr;
    },
    findings: (pr) => store.reviews.findings({ repo: REPO, pr, limit: 1000 }),
    async close() {
      await outbox.stop();
      await daemon.stop();
      await receiver.close();
      await close();
      await github.stop();
      await place.remove();
    },
  };
}

/** What intake does, without its journal. */
async function startReceiver({ bus }: Runtime): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const rawBody = Buffer.concat(chunks);
    const delivery = await verifyDelivery({ headers, rawBody, secret: SECRET });
    const event = WebhookEventName.safeParse(`webhook:github:${delivery.event}`).data;
    const id = EventId.parse(`github:${delivery.deliveryId}`);
    if (event !== undefined) await bus.emit(event, { ...delivery, payload: JSON.parse(rawBody.toString()) }, { id });
    response.writeHead(202).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return { url: `http://127.0.0.1:${port}`, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** Code with a command injection, in a function of that name. */
export function injection(name: string): string {
  return `const cp = require('child_process');\nmodule.exports.${name} = (req) => cp.exec('ls ' + req.query.dir);\n`;
}
