import { ContinuumError } from '@continuum/contract/errors';
import type { DeliveryHeaders } from '@continuum/contract/source';

/** The one value of a header; undefined when it is missing or empty. */
export function header(headers: DeliveryHeaders, name: string): string | undefined {
  const value = headers[name];
  const text = typeof value === 'string' ? value : value?.[0];
  return text === undefined || text === '' ? undefined : text;
}

/** A header that holds one word of letters, digits and `.:_-`. Throws INVALID_INPUT. */
export function requiredHeader(headers: DeliveryHeaders, name: string): string {
  const value = header(headers, name);
  if (value !== undefined && /^[\w.:-]{1,200}$/.test(value)) return value;
  throw new ContinuumError('INVALID_INPUT', `the ${name} header is missing or malformed`, {
    next: 'Deliver the request as the source sends it, with all of its headers.',
  });
}
