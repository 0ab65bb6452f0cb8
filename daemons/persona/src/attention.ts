import type { EventPayload } from '@continuum/contract/event';
import type { Runtime } from '@continuum/host/runtime';
export async function onMessage(_runtime: Runtime, _payload: EventPayload<'room:message'>): Promise<void> {}
