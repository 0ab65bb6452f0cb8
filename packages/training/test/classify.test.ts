import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyReply, reactionVerdict } from '../src/classify.ts';

const ABOUT = { aboutFinding: true, authorKind: 'person' } as const;
const NOT_ABOUT = { aboutFinding: false, authorKind: 'person' } as const;

const DECLINES = [
  '@security-ai **False-positive** :)',
  'Not applicable',
  'not relevant',
  'that’s a test secret',
  'This should not be flagged',
  'this is a bug in the rule',
  'I would not worry about this',
  'we know about this and accept it',
  'The rule is right but this file is generated',
  'It should be fine',
  'that is actually parameterized, see line 15',
  'Actually, that’s parameterized, see line 15.',
  'that is parameterized, see line 15',
  'false positive',
  'This is a false positive.',
  'Looks like a false alarm to me',
  'not an issue because the input is a constant',
  'Not a problem here.',
  'no issue here',
  "won't fix, intended",
  'wontfix',
  'This is by design',
  'intentional',
  'we do this on purpose',
  "This isn't exploitable, the value comes from an enum",
  'I do not think this is a real issue',
  "I don't think that's a vulnerability.",
  'the value is already escaped by the template engine',
  'It will be escaped by React',
  'we sanitize this upstream',
  'this is test code only',
  'Only used in tests.',
  'This is fine.',
  "It's safe, the index is a loop counter",
  'reads with a dynamic key are fine here',
  'No user input reaches this query',
  'never called with untrusted data',
  'not user-controlled',
  'this path is unreachable',
  'I disagree',
  'Not sure I agree',
  'nope',
  'No, the id is validated in the middleware.',
  "doesn't apply here",
  'irrelevant',
  'please stop flagging this',
  'noise',
  'This is just a nitpick',
  'You are wrong',
  "you're mistaken, the query is prepared",
  "that's incorrect",
  'not correct',
  "That's not true, we check the length above",
  'n/a',
  'we always use hard-coded table names',
  'Good catch, but this is intended.',
  'Thanks, but this is a false positive',
  'Great, another false positive',
  'yeah right',
  'good catch /s',
  'The file is a build script, nobody runs it with foreign input',
  'How is this exploitable? It is a constant.',
  '> this is dangerous\n\nfalse positive',
  'leave it as is',
  'no need to change that',
  'we accept the risk here',
  'ok this is harmless',
  'isnt a problem',
  'thats fine',
  '👎',
  '👎🏽',
  ':-1:',
];

const AFFIRMS = [
  'We should fix that',
  'this is a secret!',
  'Right. Fixing.',
  'acknowledged, fixing now',
  'good catch',
  'Good catch!',
  'nice find, thanks',
  'fixed, thanks',
  'Fixed in abc123',
  "Perfect, that's much safer",
  "you're right",
  'You are right, my bad',
  "Actually, you're right",
  "yes, that's a real bug",
  'not a false positive',
  "This isn't a false positive!",
  'this is not fine',
  "that's not safe",
  'This is not ok',
  'agreed',
  'I agree, will fix',
  "I'll fix it",
  'on it, this needs to be fixed',
  'Actually, that SQL query should use parameterized statements',
  'this should be escaped',
  'we must validate this',
  'it is not escaped',
  'missing validation indeed',
  'It is escaped now',
  'I thought this was fine but you are right',
  'oops',
  'I was wrong, this is a problem',
  'makes sense',
  'fair point',
  'This is a serious vulnerability.',
  'user input reaches this query',
  'Confirmed.',
  "That's correct",
  'keep flagging these',
  'well spotted',
  'Could not agree more, real issue',
  'exactly',
  'done, thanks',
  '> false positive?\n\nno, this is a real vulnerability',
  '👍',
  ':+1:',
  '🎉👍',
  '+1',
];

const QUESTIONS = [
  'why is this a problem?',
  'Why?',
  'How would an attacker exploit this?',
  'what does CWE-89 mean?',
  'Is this a false positive?',
  'can you explain',
  "I don't understand what you mean?",
  'could you show an example?',
  'should this be escaped?',
  'not sure why you flag this',
];

const RESPONSES = [
  'I will look at it tomorrow',
  'cc @bob',
  'Das schaue ich mir an',
  'esto lo miro luego',
  'これを見てください',
  '> good catch',
  '```\nfalse positive\n```',
  '🤔',
  '',
  '...',
  'see also the wiki',
];

describe('a reply to a finding', () => {
  it.each(DECLINES)('declines: %j', (text) => {
    expect(classifyReply(text, ABOUT)).toMatchObject({ signal: 'correction', verdict: 'decline' });
  });
  it.each(AFFIRMS)('affirms: %j', (text) => {
    expect(classifyReply(text, ABOUT)).toMatchObject({ signal: 'confirmation', verdict: 'affirm' });
  });
  it.each(QUESTIONS)('asks: %j', (text) => {
    const reply = classifyReply(text, ABOUT);
    expect(reply).toMatchObject({ signal: 'question' });
    expect(reply.verdict).toBeUndefined();
  });
  it.each(RESPONSES)('says nothing of it: %j', (text) => {
    const reply = classifyReply(text, ABOUT);
    expect(reply).toMatchObject({ signal: 'response' });
    expect(reply.verdict).toBeUndefined();
  });
});

describe('a message about no finding', () => {
  it.each([
    ['Actually, that SQL query should use parameterized statements', 'correction'],
    ["that's wrong, the port is 4000", 'correction'],
    ['you forgot the migration', 'correction'],
    ['We always use snake case in the database', 'correction'],
    ["Perfect, that's much safer", 'confirmation'],
    ['thanks', 'confirmation'],
    ['why does auth return 401?', 'question'],
    ['merged to main', 'response'],
  ])('%j is a %s', (text, signal) => {
    const reply = classifyReply(text, NOT_ABOUT);
    expect(reply.signal).toBe(signal);
    expect(reply.verdict).toBeUndefined();
  });
});

describe('any text', () => {
  const words = fc.array(
    fc.constantFrom('not', 'a', 'false', 'positive', 'fine', '?', ',', 'but', '> x\n', '👍', 'why'),
    { maxLength: 12 },
  );
  it('gets an answer with confidence in [0, 1] and a verdict that agrees with its signal', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          words.map((list) => list.join(' ')),
        ),
        fc.boolean(),
        (text, aboutFinding) => {
          const reply = classifyReply(text, { aboutFinding, authorKind: 'person' });
          expect(reply.confidence).toBeGreaterThanOrEqual(0);
          expect(reply.confidence).toBeLessThanOrEqual(1);
          const expected = { correction: 'decline', confirmation: 'affirm', question: undefined, response: undefined };
          expect(reply.verdict).toBe(aboutFinding ? expected[reply.signal] : undefined);
        },
      ),
    );
  });

  it('means the same however it is cased, spaced or quoted around', () => {
    fc.assert(
      fc.property(fc.constantFrom(...DECLINES, ...AFFIRMS), (text) => {
        const plain = classifyReply(text, ABOUT);
        expect(classifyReply(text.toUpperCase(), ABOUT)).toEqual(plain);
        expect(classifyReply(`> you are wrong, false positive\n\n  ${text}  `, ABOUT)).toEqual(plain);
        expect(classifyReply(`${text}\n\`\`\`js\nnot(fine)\n\`\`\``, ABOUT)).toEqual(plain);
      }),
    );
  });

  it('of the system is a plain response', () => {
    expect(classifyReply('false positive', { aboutFinding: true, authorKind: 'system' }).signal).toBe('response');
  });

  it('is read in time, however long', () => {
    const started = performance.now();
    classifyReply('not a false positive, not '.repeat(10_000), ABOUT);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

describe('a reaction', () => {
  it.each([
    ['👍', 'affirm'],
    ['+1', 'affirm'],
    [':thumbsdown:', 'decline'],
    ['👎🏿', 'decline'],
    ['👀', undefined],
    ['', undefined],
  ])('%s says %s', (emoji, verdict) => expect(reactionVerdict(emoji)).toBe(verdict));
});
