import { createHmac } from 'node:crypto';
import { request } from 'node:http';

/** What is sent in one attempt. */
interface Signed {
  readonly deliveryId: string;
  readonly event: string;
  readonly body: string;
}

export interface Answer {
  /** 0 when nobody answered. */
  readonly status: number;
  readonly response: string;
}

/** GitHub gives a receiver ten seconds and never tries again by itself. */
const TIMEOUT_MS = 10_000;

/** The headers of a delivery with both signatures, as GitHub sends them. */
export function deliveryHeaders(draft: Signed, secret: string): Record<string, string> {
  const sign = (algorithm: string): string => createHmac(algorithm, secret).update(draft.body, 'utf8').digest('hex');
  return {
    accept: '*/*',
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/044aadd',
    'x-github-delivery': draft.deliveryId,
    'x-github-event': draft.event,
    'x-github-hook-id': '292430182',
    'x-github-hook-installation-target-id': '79929171',
    'x-github-hook-installation-target-type': 'integration',
    'x-hub-signature': `sha1=${sign('sha1')}`,
    'x-hub-signature-256': `sha256=${sign('sha256')}`,
  };
}

/** Posts one delivery and resolves with what came back. Never rejects. */
export function post(webhook: { readonly url: string; readonly secret: string }, draft: Signed): Promise<Answer> {
  return new Promise((resolve) => {
    const headers = { ...deliveryHeaders(draft, webhook.secret), 'content-length': Buffer.byteLength(draft.body) };
    // No kept connection: a receiver that was killed and started again must not see a stale one.
    const sending = request(webhook.url, { method: 'POST', headers, agent: false, timeout: TIMEOUT_MS }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, response: Buffer.concat(chunks).toString('utf8') }),
      );
      answer.on('error', (error) => resolve({ status: 0, response: error.message }));
    });
    sending.on('timeout', () => sending.destroy(new Error('timed out')));
    sending.on('error', (error) => resolve({ status: 0, response: error.message }));
    sending.end(draft.body);
  });
}
