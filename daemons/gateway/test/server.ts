import { ContinuumError } from '@continuum/contract/errors';
import type { Settings } from '@continuum/host/settings';
import { Registry } from 'prom-client';
import { z } from 'zod';
import type { Gateway } from '../src/gateway.ts';
import { createGateway } from '../src/gateway.ts';
import type { ApiOptions, GatewayOptions } from '../src/options.ts';
import { openTestRuntime, type TestRuntime } from './runtime.ts';

export interface TestServer extends TestRuntime {
  readonly gateway: Gateway;
  readonly url: string;
  /** Bodies that intake was handed. */
  readonly deliveries: Buffer[];
}

/** A gateway on a free port of loopback, on real parts of its own; `prepare` runs meanwhile. */
export async function startServer(
  options: Partial<GatewayOptions> = {},
  prepare: () => Promise<void> = async () => {},
): Promise<TestServer> {
  const [{ runtime, layerStore, close }] = await Promise.all([openTestRuntime(), prepare()]);
  const deliveries: Buffer[] = [];
  const gateway = createGateway(runtime, { ...optionsOver(deliveries), ...options });
  await gateway.start();
  const stop = async () => {
    await gateway.stop();
    await close();
  };
  return { runtime, layerStore, gateway, url: gateway.url, deliveries, close: stop };
}

/** A second gateway over the same parts, with other settings; stop it before its parts close. */
export async function startBeside(
  { runtime }: TestServer,
  settings: Partial<Settings>,
  options: Partial<GatewayOptions> = {},
): Promise<Gateway> {
  const beside = { ...runtime, metrics: new Registry(), settings: { ...runtime.settings, ...settings } };
  const gateway = createGateway(beside, { ...optionsOver([]), ...options });
  await gateway.start();
  return gateway;
}

function optionsOver(deliveries: Buffer[]): GatewayOptions {
  return {
    acceptDelivery: async (source, headers, rawBody) => {
      if (source !== 'github') throw new ContinuumError('UNKNOWN_SOURCE', `no source ${source}`);
      deliveries.push(Buffer.from(rawBody));
      return { status: 202, body: { id: headers['x-github-delivery'] }, headers: { 'x-accepted': 'yes' } };
    },
    ready: async () => ({ ready: true, checks: { store: 'ok' } }),
    api: apiOver(),
  };
}

/** The API without git, over the dashboard in a folder. */
export function apiOver(staticFolder?: string): ApiOptions {
  return {
    localChangeSet: async ({ folder }) => {
      throw new ContinuumError('NOT_A_REPOSITORY', `${folder} is not a git work tree`);
    },
    parsePatch: (_text, about) => ({ ...about, files: [], skipped: [] }),
    ...(staticFolder === undefined ? {} : { staticFolder }),
  };
}

/** A JSON POST. */
export function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

const ErrorAnswer = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** The status, stable code and message of an error answer. */
export async function errorOf(response: Response): Promise<{ status: number; code: string; message: string }> {
  return { status: response.status, ...ErrorAnswer.parse(await response.json()).error };
}
