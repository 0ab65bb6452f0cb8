import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Hold } from './hold.ts';

/**
 * A hold by an abstract socket (unix(7)): its name belongs to one socket of the machine at a time and to none once that
 * process is gone. Containers with a network of their own do not see each other's.
 */
export async function createKernelHold(folder: string, purpose: string): Promise<Hold> {
  const hash = createHash('sha256')
    .update(`${await realpath(folder)}\0${purpose}`)
    .digest('hex');
  const path = `\0continuum-${hash}`;
  // Nobody has anything to say here.
  const server = createServer((stranger) => stranger.destroy());
  return {
    take: () =>
      new Promise((resolve, reject) => {
        const onError = (error: NodeJS.ErrnoException) =>
          error.code === 'EADDRINUSE' ? resolve(false) : reject(error);
        server.once('error', onError);
        // Without `exclusive` the workers of a cluster would share it.
        server.listen({ path, exclusive: true }, () => {
          server.off('error', onError);
          // A stranger who cannot be accepted is no reason to end the process.
          server.on('error', () => undefined);
          server.unref();
          resolve(true);
        });
      }),
    release: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
