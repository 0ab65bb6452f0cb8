import { ScopeId } from '@continuum/contract/ids';
import { PersonaDefinition } from '@continuum/contract/persona';
import type { Message } from '@continuum/contract/room';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RATE_LIMIT, type Situation } from '../src/attention.ts';
import { expertise, takeTurn } from '../src/turn.ts';
import { by, message, NOW, persona } from './sample.ts';

const SCOPES = ['/security/auth/', '/security/', '/'].map((id) => ScopeId.parse(id));
const skilled = (id: string, category: string, interests: string[], scopes: string[] = ['/']) =>
  PersonaDefinition.parse({
    ...{ id, name: id, description: id, interests, scopes },
    skills: [{ analyzer: 'ast', categories: [category] }],
  });
const SECURITY = skilled('security-ai', 'security', ['auth', 'injection'], ['/', '/security/', '/security/auth/']);
const REVIEW = skilled('code-review-ai', 'correctness', ['error', 'auth'], ['/', '/backend/']);

function turn(said: Message, more: Partial<Situation> = {}, topic: Parameters<typeof takeTurn>[1] = { scopes: [] }) {
  const situations = [REVIEW, SECURITY].map((one) => ({
    ...{ message: said, persona: one, thread: [said], recent: [], now: NOW },
    ...more,
  }));
  const { speakers, standby } = takeTurn(situations, topic);
  return { speakers: speakers.map(({ id }) => id), standby: standby?.id };
}

describe('the turn to answer', () => {
  it('goes to one: whose field, scope and skill it is', () => {
    expect(turn(message('m', 'why does auth return 401?'), {}, { scopes: SCOPES }).speakers).toEqual(['security-ai']);
    expect(turn(message('m', 'what about auth?'), {}, { scopes: [], category: 'correctness' }).speakers).toEqual([
      'code-review-ai',
    ]);
  });

  it('goes to everybody who is asked by name, and to nobody else', () => {
    expect(turn(message('m', '@code-review-ai why does auth fail?')).speakers).toEqual(['code-review-ai']);
    expect(turn(message('m', '@code-review-ai @security-ai why?')).speakers).toEqual(['code-review-ai', 'security-ai']);
    expect(turn(message('m', '@bob why does auth fail?'))).toEqual({ speakers: [], standby: undefined });
  });

  it('goes to one of us when all of us are asked, and to whose finding it is before all others', () => {
    expect(turn(message('m', '@continuum what about that?'), {}, { scopes: SCOPES }).speakers).toEqual(['security-ai']);
    const root = message('root', 'A finding', { ...by('code-review-ai'), findingId: 'f1' });
    const asked = message('m', 'does auth matter here?', { threadId: 'root', replyTo: 'root' });
    expect(turn(asked, { thread: [root, asked] }, { scopes: SCOPES }).speakers).toEqual(['code-review-ai']);
    const team = message('m', '@continuum does auth matter?', { threadId: 'root', replyTo: 'root' });
    expect(turn(team, { thread: [root, team] }, { scopes: SCOPES }).speakers).toEqual(['code-review-ai']);
  });

  it('of an open question stands by with whoever would know, and of a statement with nobody', () => {
    expect(turn(message('m', 'where do flags live?'), {}, { scopes: SCOPES })).toEqual({
      speakers: [],
      standby: 'security-ai',
    });
    expect(turn(message('m', 'flags live in the cupboard'))).toEqual({ speakers: [], standby: undefined });
  });

  it('is not given to the words of a bot, whatever they ask', () => {
    const bot = { author: { kind: 'person', id: 'dependabot[bot]', name: 'dependabot' } };
    expect(turn(message('m', '@security-ai why does auth return 401?', bot))).toEqual({
      speakers: [],
      standby: undefined,
    });
    const system = { author: { kind: 'system', id: 'ci', name: 'CI' } };
    expect(turn(message('m', '@continuum why?', system))).toEqual({ speakers: [], standby: undefined });
  });

  it('is not given twice for the same words, nor in a thread in which personas said enough', () => {
    const first = message('m1', '@security-ai why?');
    const answer = message('a', 'Because.', { ...by('security-ai'), threadId: 'm1', replyTo: 'm1' });
    const again = message('m2', '@security-ai why?', { threadId: 'm1', replyTo: 'm1' });
    expect(turn(again, { thread: [first, answer, again] }).speakers).toEqual([]);
    const other = message('m3', '@security-ai why not?', { threadId: 'm1', replyTo: 'm1' });
    expect(turn(other, { thread: [first, answer, other] }).speakers).toEqual(['security-ai']);
    const at = new Date(NOW.getTime() - 120_000).toISOString();
    const spoken = Array.from({ length: RATE_LIMIT.ofAllPerThreadAndHour }, (_, index) =>
      message(`s${index}`, 'x', { ...by(`p${index}`), at }),
    );
    expect(turn(other, { thread: [...spoken, other] }).speakers).toEqual([]);
  });

  it('does not count findings as talk', () => {
    const at = new Date(NOW.getTime() - 1000).toISOString();
    const told = Array.from({ length: 20 }, (_, index) =>
      message(`f${index}`, 'A finding', { ...by('security-ai'), at, findingId: `f${index}`, threadId: 'm' }),
    );
    const asked = message('m', '@security-ai why?');
    expect(turn(asked, { thread: [asked, ...told], recent: told }).speakers).toEqual(['security-ai']);
  });

  it('is worth more the deeper the scope is one knows', () => {
    const of = (scopes: readonly ScopeId[]) => expertise(SECURITY, 'x', { scopes });
    expect(of(SCOPES)).toBeGreaterThan(of(SCOPES.slice(1)));
    expect(of(SCOPES.slice(1))).toBeGreaterThan(of(SCOPES.slice(2)));
  });
});

describe('personas and foreign bots', () => {
  /** How the author of a foreign bot looks to us: marked by its source, known to be a system, or passing for a person. */
  type Disguise = 'marked' | 'system' | 'person';

  const PERSONAS = [SECURITY, REVIEW, persona('third-ai', ['auth'])];
  const WORDS = '@security-ai @code-review-ai @third-ai what about auth?';

  /** Who speaks next after something was said: personas take their turns, bots answer every persona at once. */
  function replies(said: Message, thread: readonly Message[], disguises: readonly Disguise[], varied: boolean) {
    const situations = PERSONAS.map((one) => {
      const recent = thread.filter(({ author }) => author.id === one.id);
      return { message: said, persona: one, thread, recent, now: NOW };
    });
    const hop = said.author.kind === 'persona' ? said.hop + 1 : 1;
    const spoken = takeTurn(situations, { scopes: [] }).speakers.map(({ id }) => ({ ...by(id), hop, text: WORDS }));
    if (said.author.kind !== 'persona') return spoken;
    const bots = disguises.map((disguise, index) => {
      const name = `bot${index}${disguise === 'marked' ? '[bot]' : ''}`;
      const author = { kind: disguise === 'system' ? 'system' : 'person', id: name, name };
      return { author, hop: 0, text: `${WORDS}${varied ? ` ${thread.length}` : ''}` };
    });
    return [...spoken, ...bots];
  }

  function converse(opening: string, disguises: readonly Disguise[], varied: boolean): Message[] {
    const thread = [message('m', opening, { at: NOW.toISOString() })];
    for (let next = 0; next < thread.length && thread.length < 3000; next++) {
      const said = thread[next];
      if (said === undefined) break;
      for (const { text, ...more } of replies(said, thread, disguises, varied)) {
        const place = { threadId: 'm', replyTo: said.id, at: NOW.toISOString() };
        thread.push(message(`t${thread.length}`, text, { ...more, ...place }));
      }
    }
    return thread;
  }

  const openings = fc.constantFrom('@security-ai injection?', 'is auth safe?', '@continuum why?', 'hello');
  const disguises = fc.array(fc.constantFrom<Disguise>('marked', 'system', 'person'), { minLength: 2, maxLength: 2 });

  it('two personas and two foreign bots never talk for ever', () => {
    fc.assert(
      fc.property(openings, disguises, fc.boolean(), (opening, bots, varied) => {
        const thread = converse(opening, bots, varied);
        const spoken = thread.filter(({ author }) => author.kind === 'persona');
        expect(spoken.length).toBeLessThanOrEqual(3 * RATE_LIMIT.perThreadAndMinute);
      }),
    );
  });

  it('an answer to a bot that is known as one never happens', () => {
    fc.assert(
      fc.property(openings, fc.boolean(), (opening, varied) => {
        const thread = converse(opening, ['marked', 'system'], varied);
        const authors = new Map(thread.map(({ id, author }) => [String(id), author.id]));
        const answered = thread.flatMap(({ author, replyTo }) => (author.kind === 'persona' ? (replyTo ?? []) : []));
        expect(answered.map((id) => authors.get(id)).filter((id) => id?.startsWith('bot'))).toEqual([]);
      }),
    );
  });
});
