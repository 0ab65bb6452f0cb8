import type { PersonaDefinition } from '@continuum/contract/persona';
import type { Message } from '@continuum/contract/room';
import { interestsIn, isQuestion, isSilent, mentionedIds } from './speech.ts';

/** Persona messages in a row before all fall silent, until a person speaks. */
export const HOP_LIMIT = 3;
/** Messages of one persona a minute, in all rooms together and in one thread. */
export const RATE_LIMIT = { perMinute: 6, perThreadAndMinute: 3 } as const;
const MINUTE_MS = 60_000;

export interface Situation {
  readonly message: Message;
  readonly persona: PersonaDefinition;
  /** The thread of the message, oldest first, the message included or not. */
  readonly thread: readonly Message[];
  /** Latest messages of the rooms the persona is in, for the rate limit. */
  readonly recent: readonly Message[];
  readonly now: Date;
}

export interface Attention {
  readonly respond: boolean;
  /** One sentence for the log. */
  readonly reason: string;
}

type Rule = (situation: Situation) => Attention | undefined;

/**
 * Should a persona answer a message (PER-2)? Guards against loops come first and nothing overrules them; then a
 * mention, a question about its own finding, and a question in its field that nobody answered yet.
 */
export function shouldRespond(situation: Situation): Attention {
  for (const rule of RULES) {
    const decision = rule(situation);
    if (decision !== undefined) return decision;
  }
  return stay('it is no question for this persona');
}

const RULES: readonly Rule[] = [
  fromNobody,
  hopLimit,
  rateLimit,
  answeredAlready,
  mentioned,
  ofAnotherPersona,
  aboutOwnFinding,
  inItsField,
];

function stay(reason: string): Attention {
  return { respond: false, reason };
}

function answer(reason: string): Attention {
  return { respond: true, reason };
}

function isBy(persona: PersonaDefinition, { author }: Message): boolean {
  return author.kind === 'persona' && author.id === persona.id;
}

function fromNobody({ message, persona }: Situation): Attention | undefined {
  if (isBy(persona, message)) return stay('it is its own message');
  if (message.author.kind === 'system') return stay('the system says it');
  return isSilent(message.text) ? stay('a silent turn wakes nobody') : undefined;
}

function hopLimit({ message }: Situation): Attention | undefined {
  return message.hop >= HOP_LIMIT ? stay(`personas have talked ${message.hop} turns without a person`) : undefined;
}

function rateLimit({ persona, thread, recent, now, message }: Situation): Attention | undefined {
  const lately = (entry: Message) => isBy(persona, entry) && now.getTime() - Date.parse(entry.at) < MINUTE_MS;
  const everywhere = new Set([...recent, ...thread].filter(lately).map(({ id }) => id));
  const here = thread.filter((entry) => lately(entry) && entry.id !== message.id);
  if (everywhere.size >= RATE_LIMIT.perMinute) return stay('it spoke enough in the last minute');
  return here.length >= RATE_LIMIT.perThreadAndMinute ? stay('it spoke enough in this thread') : undefined;
}

function answeredAlready({ message, persona, thread }: Situation): Attention | undefined {
  const answered = thread.some((entry) => isBy(persona, entry) && entry.replyTo === message.id);
  return answered ? stay('it has answered this message') : undefined;
}

function mentioned({ message, persona }: Situation): Attention | undefined {
  const ids = mentionedIds(message.text);
  if (ids.includes(persona.id)) return answer('it is mentioned');
  return ids.length > 0 ? stay(`somebody else is asked: ${ids.join(', ')}`) : undefined;
}

/** Personas wake each other by name only. */
function ofAnotherPersona({ message }: Situation): Attention | undefined {
  return message.author.kind === 'persona' ? stay('another persona talks and does not ask it') : undefined;
}

function aboutOwnFinding({ message, persona, thread }: Situation): Attention | undefined {
  const parent = thread.find(({ id }) => id === (message.replyTo ?? message.threadId));
  if (parent === undefined || parent.author.kind !== 'persona') return undefined;
  if (!isBy(persona, parent)) return stay(`${parent.author.id} is asked`);
  return isQuestion(message.text) ? answer('it is asked about what it said') : stay('nothing is asked');
}

function inItsField({ message, persona, thread }: Situation): Attention | undefined {
  if (!isQuestion(message.text)) return stay('nothing is asked');
  const words = interestsIn(message.text, persona.interests);
  if (words.length === 0) return undefined;
  const taken = thread.find(({ author, replyTo }) => author.kind === 'persona' && replyTo === message.id);
  return taken === undefined
    ? answer(`it is asked about ${words.join(', ')}`)
    : stay(`${taken.author.id} has the turn`);
}
