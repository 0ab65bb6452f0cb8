import { ContinuumError } from '@continuum/contract/errors';
import { APIConnectionError, APIError, APIUserAbortError } from 'openai';

/** May the same request succeed a little later? Connections that fail, 408, 409, 429 and 5xx. */
export function isTransient(error: unknown): boolean {
  if (error instanceof APIUserAbortError) return false;
  if (error instanceof APIConnectionError) return true;
  if (!(error instanceof APIError) || error.code === 'insufficient_quota') return false;
  const { status } = error;
  return status === undefined || status === 408 || status === 409 || status === 429 || status >= 500;
}

/** An error of the server as TRAINING_FAILED, or ABORTED; the key is taken out of what people will read. */
export function told(error: unknown, apiKey: string): unknown {
  if (error instanceof APIUserAbortError) {
    return new ContinuumError('ABORTED', 'The training was cancelled.', { retryable: true });
  }
  if (!(error instanceof APIError)) return error;
  const text = apiKey.length < 4 ? error.message : error.message.replaceAll(apiKey, '[redacted]');
  return new ContinuumError('TRAINING_FAILED', `The fine-tuning server refused: ${text.slice(0, 500)}`, {
    next: whatNext(error.status),
    retryable: isTransient(error),
  });
}

function whatNext(status: number | undefined): string {
  if (status === 401 || status === 403) return 'Check the API key and what it may use.';
  if (status === 404) return 'Check the base URL and the model: the server does not know this model or path.';
  if (status !== undefined && status < 500) return 'Check that the server fine-tunes this model by this method.';
  return 'Check that the server is reachable; the same job goes on where it is.';
}
