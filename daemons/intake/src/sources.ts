import type { SourceName, VerifyDelivery } from '@continuum/contract/source';
import { verifyDelivery as verifyGithub } from '@continuum/webhook-github/delivery';
import { verifyDelivery as verifySlack } from '@continuum/webhook-slack/delivery';

/** How the deliveries of each source are proven; one without a verifier refuses clearly instead of being open. */
export const VERIFIERS: Readonly<Partial<Record<SourceName, VerifyDelivery>>> = {
  github: verifyGithub,
  slack: verifySlack,
};
