import { type HoldParts, syncHolds } from '@continuum/host/holds';
import { listen } from '@continuum/host/listen';
import type { Core, Daemon } from '@continuum/host/runtime';

/** News travels at most once: what was missed is made good after this, in ms. */
const LOOK_MS = 30_000;

/**
 * Keeps the layers of scopes that personas entered in the memory of this process, where personas judge in several: places
 * are written down by the genome daemon, and each process follows them.
 */
export function followPlaces(runtime: HoldParts & Pick<Core, 'bus'>): Daemon {
  let timer: NodeJS.Timeout | undefined;
  let syncing: Promise<void> = Promise.resolve();
  const sync = (): Promise<void> => {
    syncing = syncing.then(() =>
      syncHolds(runtime).catch((error: unknown) =>
        runtime.log.warn({ err: error }, 'the places of personas could not be read; tried again soon'),
      ),
    );
    return syncing;
  };
  const listener = listen('places', () =>
    Promise.all(
      (['scope:entered', 'scope:left', 'layer:changed'] as const).map((name) => runtime.bus.subscribe(name, sync)),
    ),
  );
  return {
    name: 'holds',
    async start() {
      await listener.start();
      await sync();
      timer = setInterval(sync, LOOK_MS);
    },
    async stop() {
      clearInterval(timer);
      await listener.stop();
      await syncing;
    },
  };
}
