import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export const SECRET = 'a secret of the benchmark';

/** A delivery of GitHub without its id: the signature is over the body alone. */
export interface Delivery {
  readonly event: string;
  readonly body: Buffer;
  readonly signature: string;
}

/** What @octokit/webhooks-examples holds; its own types say less. */
interface Group {
  readonly name: string;
  readonly examples: readonly object[];
}

/** A real pull_request delivery of about 21 kB, signed. */
export function pullRequestDelivery(): Delivery {
  const groups: readonly Group[] = require('@octokit/webhooks-examples');
  const payloads = groups.find(({ name }) => name === 'pull_request')?.examples ?? [];
  const opened = payloads.find((payload) => 'action' in payload && payload.action === 'opened');
  return signed('pull_request', JSON.stringify(opened));
}

/** Any body, signed. */
export function signed(event: string, text: string): Delivery {
  const body = Buffer.from(text);
  return { event, body, signature: `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}` };
}
