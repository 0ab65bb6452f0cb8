import { verifyDelivery } from '@continuum/webhook-github/delivery';

export interface VerifiedDelivery {
  readonly deliveryId: string;
  readonly event: string;
}

/** Header names in small letters, as Node gives them. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

type Verify = (input: {
  readonly headers: Headers;
  readonly rawBody: Buffer;
  readonly secret: string;
}) => Promise<VerifiedDelivery>;

/** Every endpoint under `/webhooks/`; one without a verifier is not handled yet and refuses clearly instead of being open. */
export const SOURCES: ReadonlyMap<string, Verify | undefined> = new Map([
  ['github', verifyDelivery],
  ...['slack', 'vscode', 'linear', 'jira', 'ci'].map((name) => [name, undefined] as const),
]);
