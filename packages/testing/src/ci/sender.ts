import { createHmac } from 'node:crypto';

interface Sealed {
  readonly deliveryId: string;
  readonly event: string;
  readonly secret: string;
  readonly at: Date;
}

/** The headers with which a job in CI, or an editor, signs a body by our own scheme. */
export function signedHeaders({ deliveryId, event, secret, at }: Sealed, body: string): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const digest = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return {
    'x-continuum-delivery': deliveryId,
    'x-continuum-event': event,
    'x-continuum-timestamp': timestamp,
    'x-continuum-signature-256': `sha256=${digest}`,
  };
}
