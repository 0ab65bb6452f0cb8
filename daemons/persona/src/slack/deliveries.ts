import type { CommandInput } from '@continuum/contract/command';
import { toContinuumError } from '@continuum/contract/errors';
import type { WebhookEventName } from '@continuum/contract/event';
import type { AnyEnvelope } from '@continuum/contract/ports/bus';
import type { ChatHost } from '@continuum/contract/ports/chat-host';
import { type FormRequest, readFormRequest } from '@continuum/webhook-slack/clicks';
import { HomeEvent } from '@continuum/webhook-slack/payload';
import type { PersonaRuntime } from '../runtime.ts';
import { onDelivery } from '../signals/deliveries.ts';
import { named } from './names.ts';
import { rememberBeginning } from './threads.ts';

/** What comes from Slack: a click that wants a form gets it, who opens the app sees its home, all else is signals. */
export async function onSlack(runtime: PersonaRuntime, event: AnyEnvelope<WebhookEventName>): Promise<void> {
  const { chatHost, store, now } = runtime;
  const { payload, deliveryId } = event.payload;
  if (chatHost === undefined) return onDelivery(runtime, event);
  const form = readFormRequest(payload);
  if (form !== undefined && (await opened(runtime, chatHost, form))) return;
  const user = HomeEvent.safeParse(payload).data?.event.user;
  if (user !== undefined) {
    const input: CommandInput<'slack/home'> = { user };
    await store.outbox.enqueue({ key: `slack/home:${user}:${deliveryId}`, command: 'slack/home', input });
  }
  await onDelivery(runtime, event, async (signal) => {
    if (signal.kind === 'message' && signal.replyTo !== undefined)
      await rememberBeginning(store, signal.replyTo, now());
    return named(chatHost, store, signal);
  });
}

/**
 * Asks for words while the click is still good. A click on "wrong" whose form cannot be opened is a verdict without a reason;
 * nothing that people did waits for a form.
 */
async function opened({ store, log }: PersonaRuntime, chatHost: ChatHost, form: FormRequest): Promise<boolean> {
  try {
    const finding = form.kind === 'edit' ? await store.reviews.finding(form.about.findingId) : undefined;
    return await chatHost.ask({ ...form, text: finding?.message ?? '' });
  } catch (thrown) {
    const { code, message, next } = toContinuumError(thrown);
    log.warn({ code, next }, `a form was not opened: ${message}`);
    return false;
  }
}
