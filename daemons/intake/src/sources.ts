import type { SourceName, VerifyDelivery } from '@continuum/contract/source';
import { verifyDelivery as verifyGithub } from '@continuum/webhook-github/delivery';
import { verifyDelivery as verifyVscode } from '@continuum/webhook-vscode/delivery';

/** How the deliveries of each source are proven; one without a verifier refuses clearly instead of being open. */
export const VERIFIERS: Readonly<Partial<Record<SourceName, VerifyDelivery>>> = {
  github: verifyGithub,
  vscode: verifyVscode,
};
