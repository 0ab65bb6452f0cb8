import type { PersonaDefinition } from '@continuum/contract/persona';
import type { Message } from '@continuum/contract/room';
import { interestsIn, isQuestion, isSilent, mentionedIds } from './speech.ts';

/** Persona messages in a row before all fall silent, until a person speaks. */
export const HOP_LIMIT = 3;
/** Messages of one persona a minute, in all rooms together and in one thread; and of all personas in one thread an hour. */
export const RATE_LIMIT = { perMinute: 6, perThreadAndMinute: 3, ofAllPerThreadAndHour: 30 } as const;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** The name under which people ask whoever of us knows best. */
export const TEAM_NAME = 'continuum';

export interface Situation {
  readonly message: Message;
  readonly persona: PersonaDefinition;
  /** The thread of the message, oldest first, the message included or not. */
  readonly thread: readonly Message[];
  /** What the persona said lately in all rooms, for the rate limit. */
  readonly recent: readonly Message[];
  readonly now: Date;
}

/** What gives a persona the right to speak, strongest first. */
export type Claim = 'mentioned' | 'own-finding' | 'team' | 'field';

export interface Attention {
  readonly respond: boolean;
  /** Set when it responds. */
  readonly claim?: Claim;
  /** Nobody is asked in particular and nothing forbids it to speak: it may, if it knows the answer. */
  readonly open?: boolean;
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
  fromBot,
  hopLimit,
  rateLimit,
  threadLimit,
  answeredAlready,
  saidBefore,
  mentioned,
  ofAnotherPersona,
  aboutOwnFinding,
  inItsField,
];

function stay(reason: string): Attention {
  return { respond: false, reason };
}

function answer(claim: Claim, reason: string): Attention {
  return { respond: true, claim, reason };
}

/** What a persona says of its findings is a review, no talk. */
function isTalk({ author, findingId }: Message): boolean {
  return author.kind === 'persona' && findingId === undefined;
}

function isBy(persona: PersonaDefinition, { author }: Message): boolean {
  return author.kind === 'persona' && author.id === persona.id;
}

function fromNobody({ message, persona }: Situation): Attention | undefined {
  if (isBy(persona, message)) return stay('it is its own message');
  if (message.author.kind === 'system') return stay('the system says it');
  return isSilent(message.text) ? stay('a silent turn wakes nobody') : undefined;
}

/** GitHub marks the logins of apps so; other sources keep their bots out of rooms, and the same words twice are not answered. */
function fromBot({ message }: Situation): Attention | undefined {
  return /\[bot\]$/i.test(message.author.id) ? stay('a bot says it') : undefined;
}

function hopLimit({ message }: Situation): Attention | undefined {
  return message.hop >= HOP_LIMIT ? stay(`personas have talked ${message.hop} turns without a person`) : undefined;
}

function rateLimit({ persona, thread, recent, now, message }: Situation): Attention | undefined {
  const lately = (entry: Message) =>
    isTalk(entry) && isBy(persona, entry) && now.getTime() - Date.parse(entry.at) < MINUTE_MS;
  const everywhere = new Set([...recent, ...thread].filter(lately).map(({ id }) => id));
  const here = thread.filter((entry) => lately(entry) && entry.id !== message.id);
  if (everywhere.size >= RATE_LIMIT.perMinute) return stay('it spoke enough in the last minute');
  return here.length >= RATE_LIMIT.perThreadAndMinute ? stay('it spoke enough in this thread') : undefined;
}

/** Whoever talks to us without an end is no person, whatever it calls itself. */
function threadLimit({ thread, now }: Situation): Attention | undefined {
  const since = now.getTime() - HOUR_MS;
  const spoken = thread.filter((entry) => isTalk(entry) && Date.parse(entry.at) >= since);
  return spoken.length >= RATE_LIMIT.ofAllPerThreadAndHour ? stay('personas said enough in this thread') : undefined;
}

/** The same words by the same author were answered in this thread within the hour: programs repeat themselves. */
function saidBefore({ message, thread, now }: Situation): Attention | undefined {
  const since = now.getTime() - HOUR_MS;
  const twins = thread.filter(
    ({ id, author, text, at }) =>
      id !== message.id && author.id === message.author.id && text === message.text && Date.parse(at) >= since,
  );
  const answered = twins.some(({ id }) =>
    thread.some(({ author, replyTo }) => author.kind === 'persona' && replyTo === id),
  );
  return answered ? stay('the same words were answered already') : undefined;
}

function answeredAlready({ message, persona, thread }: Situation): Attention | undefined {
  const answered = thread.some((entry) => isBy(persona, entry) && entry.replyTo === message.id);
  return answered ? stay('it has answered this message') : undefined;
}

function mentioned(situation: Situation): Attention | undefined {
  const { message, persona } = situation;
  const ids = mentionedIds(message.text);
  if (ids.includes(persona.id)) return answer('mentioned', 'it is mentioned');
  if (ids.includes(TEAM_NAME) && message.author.kind === 'person') return ofTeam(situation);
  return ids.length > 0 ? stay(`somebody else is asked: ${ids.join(', ')}`) : undefined;
}

/** One of us answers for all; whose finding it is speaks for it. */
function ofTeam({ message, persona, thread }: Situation): Attention {
  const taken = thread.find(({ author, replyTo }) => author.kind === 'persona' && replyTo === message.id);
  if (taken !== undefined) return stay(`${taken.author.id} has the turn`);
  const parent = thread.find(({ id }) => id === message.replyTo);
  const isOwn = parent !== undefined && isBy(persona, parent);
  return isOwn ? answer('own-finding', 'it is asked about what it said') : answer('team', 'the team is asked');
}

/** Personas wake each other by name only. */
function ofAnotherPersona({ message }: Situation): Attention | undefined {
  return message.author.kind === 'persona' ? stay('another persona talks and does not ask it') : undefined;
}

function aboutOwnFinding({ message, persona, thread }: Situation): Attention | undefined {
  const parent = thread.find(({ id }) => id === (message.replyTo ?? message.threadId));
  if (parent === undefined || parent.author.kind !== 'persona') return undefined;
  if (!isBy(persona, parent)) return stay(`${parent.author.id} is asked`);
  return isQuestion(message.text) ? answer('own-finding', 'it is asked about what it said') : stay('nothing is asked');
}

function inItsField({ message, persona, thread }: Situation): Attention | undefined {
  if (!isQuestion(message.text)) return stay('nothing is asked');
  const taken = thread.find(({ author, replyTo }) => author.kind === 'persona' && replyTo === message.id);
  if (taken !== undefined) return stay(`${taken.author.id} has the turn`);
  const words = interestsIn(message.text, persona.interests);
  if (words.length > 0) return answer('field', `it is asked about ${words.join(', ')}`);
  return { respond: false, open: true, reason: 'nobody is asked in particular' };
}
