import { DEV_UPDATES } from '../rooms.ts';
import type { PersonaRuntime } from '../runtime.ts';

/** The channel of the settings shows `dev-updates`, unless people connected it to another room. Idempotent. */
export async function bindChannel({ settings, store, now }: PersonaRuntime): Promise<void> {
  const { channel } = settings.slack;
  if (channel === undefined) return;
  const view = await store.views.viewAt('slack', channel);
  const isOwnRoom = view?.roomId === `slack-${channel.toLowerCase()}`;
  if (view !== undefined && !isOwnRoom) return;
  const at = now().toISOString();
  await store.views.bind({ kind: 'slack', place: channel, roomId: DEV_UPDATES, title: 'dev-updates', at });
}
