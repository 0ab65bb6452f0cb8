import type { Subscription } from '@continuum/contract/ports/bus';
import type { Leading } from '@continuum/host/leader';
import type { Daemon } from '@continuum/host/runtime';
import { registerCommands } from './handlers.ts';
import { askForVoices } from './pull-request/rounds.ts';
import { ensureRooms } from './rooms.ts';
import type { PersonaRuntime } from './runtime.ts';
import { bindChannel } from './slack/bind.ts';
import { subscribeAll } from './subscriptions.ts';

/** Reviews what comes in, brings what people say anywhere into rooms, answers them. */
export function createPersonaDaemon(runtime: PersonaRuntime): Daemon {
  const subscriptions: Subscription[] = [];
  let voices: Leading | undefined;
  return {
    name: 'persona',
    async start() {
      await ensureRooms(runtime);
      await bindChannel(runtime);
      registerCommands(runtime);
      subscriptions.push(...(await subscribeAll(runtime)));
      if (runtime.codeHost !== undefined) voices = askForVoices(runtime, runtime.codeHost);
    },
    async stop() {
      await voices?.stop();
      await Promise.all(subscriptions.splice(0).map((subscription) => subscription.stop()));
    },
  };
}
