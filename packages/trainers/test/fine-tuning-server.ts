import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { TinyBase } from '@continuum/testing/tiny-model';
import type { FineTuningJob, FineTuningJobEvent } from 'openai/resources/fine-tuning/jobs/jobs';
import { z } from 'zod';
import { createServerFiles, type ServerFiles } from './server-files.ts';
import { beginTraining, type ServerTraining } from './server-training.ts';

export interface ServerOptions {
  /** What a finished job gives. Default `adapter`; `model` is what OpenAI does. */
  readonly gives?: 'adapter' | 'model' | 'damage';
  /** Default true. Without, `pause` is an unknown path. */
  readonly canPause?: boolean;
  /** The job fails at its first step, with this message. */
  readonly fails?: string;
}

/** A fine-tuning API in the shapes of the `openai` package, which really trains: one step whenever a job is looked at. */
export interface FineTuningServer {
  readonly baseUrl: string;
  /** `METHOD /path` of all requests. */
  readonly requests: readonly string[];
  readonly created: readonly z.infer<typeof Create>[];
  readonly uploads: readonly string[];
  /** The next requests that match are answered with this status, `times` times. */
  refuse(match: RegExp, status: number, times: number): void;
  close(): Promise<void>;
}

interface Entry {
  job: FineTuningJob;
  readonly events: FineTuningJobEvent[];
  readonly training: ServerTraining;
}

const Create = z.looseObject({
  model: z.string(),
  training_file: z.string(),
  seed: z.number().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  method: z.looseObject({
    type: z.enum(['supervised', 'dpo']),
    supervised: z.looseObject({ hyperparameters: z.record(z.string(), z.number()) }).optional(),
    dpo: z.looseObject({ hyperparameters: z.record(z.string(), z.number()) }).optional(),
  }),
});

type Answer = { readonly status?: number; readonly json: unknown } | { readonly bytes: Uint8Array };
const notFound: Answer = { status: 404, json: { error: { message: 'no such thing', type: 'invalid_request_error' } } };

export async function startFineTuningServer(base: TinyBase, options: ServerOptions = {}): Promise<FineTuningServer> {
  const files = createServerFiles();
  const jobs = new Map<string, Entry>();
  const requests: string[] = [];
  const created: z.infer<typeof Create>[] = [];
  const refusals: { match: RegExp; status: number; times: number }[] = [];

  const create = (body: Buffer): Answer => {
    const asked = Create.parse(JSON.parse(body.toString('utf8')));
    created.push(asked);
    const id = `ftjob-${jobs.size + 1}`;
    const training = beginTraining(base, files.text(asked.training_file), asked);
    const job: FineTuningJob = {
      id,
      object: 'fine_tuning.job',
      created_at: 1_800_000_000 + jobs.size,
      finished_at: null,
      error: null,
      fine_tuned_model: null,
      hyperparameters: {},
      model: asked.model,
      organization_id: 'org-1',
      result_files: [],
      seed: asked.seed ?? 0,
      status: 'running',
      trained_tokens: null,
      training_file: asked.training_file,
      validation_file: null,
      metadata: asked.metadata ?? null,
    };
    jobs.set(id, { job, events: [], training });
    return { json: job };
  };

  const ofJob = (id: string, action: string, entry: Entry): Answer => {
    if (action === 'events') return { json: { object: 'list', data: entry.events.toReversed(), has_more: false } };
    if (action === '') {
      if (entry.job.status === 'running') advance(entry, files, options);
      return { json: entry.job };
    }
    if (action === 'cancel') return change(entry, 'cancelled');
    if (options.canPause === false) return notFound;
    // `paused` is a status of the API that the SDK's type leaves out.
    if (action === 'pause') return { json: Object.assign(entry.job, { status: 'paused', id }) };
    return action === 'resume' ? change(entry, 'running') : notFound;
  };

  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const name = `${request.method} ${url.pathname}`;
    requests.push(name);
    const body = await buffer(request);
    const refusal = refusals.find(({ match, times }) => times > 0 && match.test(name));
    if (refusal !== undefined) {
      refusal.times -= 1;
      return { status: refusal.status, json: { error: { message: 'not now, sk-test-key', type: 'server_error' } } };
    }
    if (name === 'POST /v1/files') return files.upload(request.headers['content-type'] ?? '', body);
    if (url.pathname.startsWith('/v1/files/')) return files.answer(url.pathname.slice('/v1/files/'.length)) ?? notFound;
    if (name === 'POST /v1/fine_tuning/jobs') return create(body);
    if (name === 'GET /v1/fine_tuning/jobs') return list(url.searchParams);
    const [id = '', action = ''] = url.pathname.slice('/v1/fine_tuning/jobs/'.length).split('/');
    const entry = jobs.get(id);
    return entry === undefined ? notFound : ofJob(id, action, entry);
  };

  const list = (query: URLSearchParams): Answer => {
    const wanted = [...query].flatMap(([key, value]) => {
      const [, name] = /^metadata\[(\w+)\]$/.exec(key) ?? [];
      return name === undefined ? [] : [[name, value] as const];
    });
    const fits = ({ metadata }: FineTuningJob) => wanted.every(([name, value]) => metadata?.[name] === value);
    const data = [...jobs.values()].map(({ job }) => job).filter(fits);
    return { json: { object: 'list', data: data.toReversed(), has_more: false } };
  };

  const server = createServer((request, response) => {
    answer(request).then(
      (said) => send(response, said),
      (error: unknown) => send(response, { status: 400, json: { error: { message: String(error) } } }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    created,
    uploads: files.uploads,
    refuse: (match, status, times) => void refusals.push({ match, status, times }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function change(entry: Entry, status: FineTuningJob['status']): Answer {
  entry.job.status = status;
  return { json: entry.job };
}

function advance({ job, events, training }: Entry, files: ServerFiles, options: ServerOptions): void {
  if (options.fails !== undefined) {
    Object.assign(job, { status: 'failed', error: { code: 'bad_data', message: options.fails, param: null } });
    return;
  }
  const { step, steps, loss, tokens } = training.step();
  job.trained_tokens = tokens;
  events.push({
    id: `ftevent-${events.length + 1}`,
    object: 'fine_tuning.job.event',
    created_at: job.created_at + step,
    level: 'info',
    message: `Step ${step}/${steps}`,
    type: 'metrics',
    data: { step, total_steps: steps, train_loss: loss },
  });
  if (step < steps) return;
  Object.assign(job, { status: 'succeeded', fine_tuned_model: `ft:${job.model}:org::1`, finished_at: job.created_at });
  job.result_files = [files.add('step_metrics.csv', Buffer.from('step,train_loss\n'))];
  if (options.gives === 'model') return;
  const { config, weights } = training.result();
  const given = options.gives === 'damage' ? weights.subarray(0, weights.length - 9) : weights;
  job.result_files.push(files.add('adapter_config.json', Buffer.from(config)));
  job.result_files.push(files.add('adapter_model.safetensors', given));
}

function send(response: ServerResponse, answer: Answer): void {
  if ('bytes' in answer) {
    response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(answer.bytes);
    return;
  }
  response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer.json));
}
