import { createHash } from 'node:crypto';
import { toSubject } from '@continuum/contract/event';

const OWN_WORD = /^continuum(?=\.)/;

/** Streams and subjects of one deployment, all beginning with its prefix. */
export interface Names {
  readonly prefix: string;
  /** Stream of the events; `<prefix>.>`. */
  readonly events: string;
  /** Stream of the dead letters; `<prefix>-dead.<consumer>.<event>`. */
  readonly dead: string;
  /** Stream of the dead letters that are offered again; `<prefix>-replay.<consumer>`. */
  readonly replay: string;
}

export function toNames(prefix: string): Names {
  return { prefix, events: `${prefix}-events`, dead: `${prefix}-dead`, replay: `${prefix}-replay` };
}

/** Where an event is published: `webhook:github:push` as `<prefix>.webhook.github.push`. */
export function eventSubject({ prefix }: Names, name: string): string {
  return toSubject(name).replace(OWN_WORD, prefix);
}

/** Where a broadcast is published: outside of every stream, so that no server keeps it. */
export function broadcastSubject({ prefix }: Names, name: string): string {
  return toSubject(name).replace(OWN_WORD, `${prefix}-now`);
}

/** The subjects of the events that a pattern matches: `*` stays one word, `**` becomes `>`. One filter, so 2.9 takes it. */
export function filterSubject(names: Names, pattern: string): string {
  const words = pattern.split(':');
  const rest = words.indexOf('**');
  return eventSubject(names, (rest === -1 ? words : [...words.slice(0, rest), '>']).join(':'));
}

export function replaySubject({ replay }: Names, consumer: string): string {
  return `${replay}.${toToken(consumer)}`;
}

/** The letter of one event for one consumer; hashed, as an event id may be of any length. */
export function deadSubject({ dead }: Names, consumer: string, eventId: string): string {
  return `${dead}.${toToken(consumer)}.${createHash('sha256').update(eventId).digest('hex').slice(0, 32)}`;
}

/** A name as one word of a subject and as the name of a consumer: other characters as `=` and four hex digits. */
export function toToken(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/g, (char) => `=${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The name that `toToken` made a word of. */
export function fromToken(token: string): string {
  return token.replace(/=([0-9a-f]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** An event id as the message id of JetStream, which is a header: printable ASCII. */
export function toMessageId(id: string): string {
  return encodeURIComponent(id.toWellFormed());
}
