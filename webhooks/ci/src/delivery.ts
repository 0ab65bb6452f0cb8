import { ContinuumError } from '@continuum/contract/errors';
import type { RawDelivery, VerifiedDelivery } from '@continuum/contract/source';
import { header } from '@continuum/delivery/headers';
import { TIMESTAMP_HEADER, verifySigned } from '@continuum/delivery/signed';
import { Envelope } from './envelope.ts';
import { readReport } from './report.ts';

const NEXT = 'Sign with CI_WEBHOOK_SECRET as docs/sources.md shows.';

/**
 * Proves a delivery of CI by our own signed scheme and says what cannot be read: nobody looks at a job's results twice. Throws
 * PAYLOAD_TOO_LARGE, UNAUTHORIZED (also when signed more than 300 s ago), UNKNOWN_EVENT, INVALID_INPUT with the fields that are
 * wrong, PAYLOAD_TOO_DEEP, MALFORMED_JSON.
 */
export async function verifyDelivery(delivery: RawDelivery): Promise<VerifiedDelivery> {
  const { deliveryId, event, payload } = verifySigned(delivery, NEXT);
  if (event !== 'results') {
    throw new ContinuumError('UNKNOWN_EVENT', `CI has no event ${JSON.stringify(event.slice(0, 64))}`, {
      next: 'Send `results` in the x-continuum-event header.',
    });
  }
  const parsed = Envelope.safeParse(payload);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new ContinuumError('INVALID_INPUT', problems.join('; ').slice(0, 500), {
      next: 'Correct these fields; docs/sources.md shows all of them.',
    });
  }
  readReport(parsed.data);
  const at = new Date(Number(header(delivery.headers, TIMESTAMP_HEADER)) * 1000).toISOString();
  return { deliveryId, event, body: JSON.stringify({ at, ...payload }) };
}
