import type { SourceName, VerifyDelivery } from '@continuum/contract/source';
import { verifyDelivery as verifyCi } from '@continuum/webhook-ci/delivery';
import { verifyDelivery as verifyGithub } from '@continuum/webhook-github/delivery';
import { verifyDelivery as verifyJira } from '@continuum/webhook-jira/delivery';
import { verifyDelivery as verifyLinear } from '@continuum/webhook-linear/delivery';
import { verifyDelivery as verifySlack } from '@continuum/webhook-slack/delivery';
import { verifyDelivery as verifyVscode } from '@continuum/webhook-vscode/delivery';

/** How the deliveries of each source are proven; one without a verifier refuses clearly instead of being open. */
export const VERIFIERS: Readonly<Partial<Record<SourceName, VerifyDelivery>>> = {
  github: verifyGithub,
  linear: verifyLinear,
  jira: verifyJira,
  ci: verifyCi,
  slack: verifySlack,
  vscode: verifyVscode,
};
