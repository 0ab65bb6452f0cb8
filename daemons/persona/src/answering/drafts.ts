import type { Bus } from '@continuum/contract/ports/bus';
import type { Message } from '@continuum/contract/room';
import { escapeText } from '@continuum/room/escape';

/** Readers do not see more than some pieces a second, in ms. */
const PAUSE_MS = 80;
const MOST_CHARACTERS = 8000;

/** Shows a reply while it is written to whoever looks at its room; nothing of it is kept. */
export function draftTeller(bus: Pick<Bus, 'broadcast'>, reply: Omit<Message, 'text'>): (text: string) => void {
  const { id: messageId, roomId, threadId, replyTo, author, at } = reply;
  let told = '';
  let lastAt = Number.NEGATIVE_INFINITY;
  return (text) => {
    const now = performance.now();
    if (text === told || now - lastAt < PAUSE_MS) return;
    told = text;
    lastAt = now;
    const shown = escapeText(text.slice(0, MOST_CHARACTERS));
    bus.broadcast('room:draft', { messageId, roomId, threadId, replyTo, author, text: shown, at });
  };
}
