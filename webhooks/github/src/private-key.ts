import { ContinuumError } from '@continuum/contract/errors';

/** A private key that cannot sign fails inside the crypto library, in words nobody understands. */
export async function withKey<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && !('status' in error)) {
      throw new ContinuumError('CONFIG_INVALID', 'GITHUB_APP_PRIVATE_KEY is no private key that can sign', {
        next: "Paste the whole PEM file of the App's private key, line ends included or written as \\n.",
      });
    }
    throw error;
  }
}
