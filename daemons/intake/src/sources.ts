import { ContinuumError } from '@continuum/contract/errors';
import { verifyDelivery } from '@continuum/webhook-github/delivery';

export interface VerifiedDelivery {
  readonly deliveryId: string;
  readonly event: string;
}

type Verify = (input: {
  readonly headers: Record<string, string | undefined>;
  readonly rawBody: Buffer;
  readonly secret: string;
}) => Promise<VerifiedDelivery>;

/** Every endpoint under `/webhooks/`; one that cannot verify yet refuses clearly instead of being open. */
export const SOURCES: ReadonlyMap<string, Verify> = new Map<string, Verify>([
  ['github', verifyDelivery],
  ...['slack', 'vscode', 'linear', 'jira', 'ci'].map((name): [string, Verify] => [name, notConnected(name)]),
]);

function notConnected(name: string): Verify {
  return async () => {
    throw new ContinuumError('SOURCE_NOT_CONFIGURED', `${name} deliveries are not handled by this version`, {
      next: 'Remove the webhook at the sender until then.',
    });
  };
}
