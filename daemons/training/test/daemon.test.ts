import { ContinuumError } from '@continuum/contract/errors';
import type { Permission } from '@continuum/contract/learning';
import type { AnyEnvelope } from '@continuum/contract/ports/bus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { message, permissionsOf, postFinding, reply, startTraining, type TestSystem } from './runtime.ts';

const OPERATOR = { caller: { kind: 'operator', id: 'ann' } } as const;
const ANN = { kind: 'person', id: 'ann', name: 'Ann' } as const;
const PERMISSIONS: Record<string, Permission> = { ann: 'write', carl: 'read' };
const host = permissionsOf(PERMISSIONS);

let system: TestSystem;
beforeAll(async () => {
  system = await startTraining(host);
});
afterAll(() => system.close());

const learning = () => system.runtime.store.learning;
const statusOf = async (id: Parameters<TestSystem['runtime']['store']['reviews']['finding']>[0]) =>
  (await system.runtime.store.reviews.finding(id))?.status;
const memoriesOf = async (findingId: string) =>
  (await learning().memories({ limit: 1000 })).filter((memory) => memory.findingId === findingId);
const examplesOf = async (findingId: string) =>
  (await learning().examples({ limit: 1000 })).filter(({ provenance }) => provenance.findingId === findingId);

describe('a reply in a thread', () => {
  it('declines: status, memory, example and audit, told once, however often it is delivered', async () => {
    const told: AnyEnvelope[] = [];
    const live = await system.runtime.bus.subscribe('**', async (event) => void told.push(event));
    const { finding, root } = await postFinding(system.runtime, { repo: 'acme/shop', pr: 7 });
    const answer = await reply(system.runtime, root, {
      text: 'that is parameterized, see line 15',
      source: { kind: 'github', externalId: 'c1', repo: 'acme/shop', pr: 7, url: 'https://github.test/c1' },
    });
    for (let delivery = 0; delivery < 3; delivery++) {
      await system.runtime.bus.emit('room:message', { messageId: answer.id, roomId: answer.roomId });
    }
    await system.settled();
    await live.stop();
    expect(await statusOf(finding.id)).toBe('declined');
    const [memory, ...more] = await memoriesOf(finding.id);
    expect(more).toEqual([]);
    expect(memory).toMatchObject({ verdict: 'decline', state: 'active', weight: 1, messageId: answer.id });
    expect(memory?.source.url).toBe('https://github.test/c1');
    const [example] = await examplesOf(finding.id);
    expect(example).toMatchObject({ priority: 1, quality: 'critical', state: 'active', desirable: false });
    expect(example?.preference?.chosen).toContain('parameterized');
    expect(example?.provenance).toMatchObject({ permission: 'write', memoryId: memory?.id, messageIds: [answer.id] });
    const audit = await system.runtime.store.audit.list({ limit: 100 });
    expect(audit.filter(({ subject }) => subject === `findingId:${finding.id}`)).toHaveLength(1);
    const names = told.map(({ name }) => name).filter((name) => name !== 'room:message');
    expect(names.sort()).toEqual(['finding:changed', 'learning:example', 'learning:memory']);
  });

  it('confirms', async () => {
    const { finding, root } = await postFinding(system.runtime);
    await reply(system.runtime, root, { text: 'good catch' });
    await system.settled();
    expect(await statusOf(finding.id)).toBe('confirmed');
    expect(await memoriesOf(finding.id)).toMatchObject([{ verdict: 'affirm' }]);
  });

  it('that its author deletes is taken back, and no other word of theirs', async () => {
    const { finding, root } = await postFinding(system.runtime);
    const first = await reply(system.runtime, root, { text: 'that is parameterized, see line 15' });
    await reply(system.runtime, root, { text: 'false positive, only tests do that' });
    await system.settled();
    await system.runtime.store.rooms.editMessage(first.id, '', '2026-01-02T00:00:00.000Z');
    await system.runtime.bus.emit('room:message', { messageId: first.id, roomId: first.roomId });
    await system.settled();
    expect(await statusOf(finding.id)).toBe('declined');
    const states = (await memoriesOf(finding.id)).map(({ reason, state }) => [reason.slice(0, 5), state]);
    expect(Object.fromEntries(states)).toEqual({ 'that ': 'superseded', false: 'active' });
  });

  it('that is a command to us teaches nothing by its words', async () => {
    const { finding, root } = await postFinding(system.runtime);
    await reply(system.runtime, root, { text: '@continuum explain why this is a false positive' });
    await system.settled();
    expect(await examplesOf(finding.id)).toEqual([]);
    expect(await statusOf(finding.id)).toBe('posted');
  });

  it('that only asks makes a low example and no memory', async () => {
    const { finding, root } = await postFinding(system.runtime);
    await reply(system.runtime, root, { text: 'why is this a problem?' });
    await system.settled();
    expect(await statusOf(finding.id)).toBe('posted');
    expect(await memoriesOf(finding.id)).toEqual([]);
    expect(await examplesOf(finding.id)).toMatchObject([{ signal: 'question', priority: 0.3, quality: 'low' }]);
  });

  it('of somebody without write permission waits in quarantine, changes nothing, and can be approved', async () => {
    const { finding, root } = await postFinding(system.runtime, { repo: 'acme/shop', pr: 7 });
    const author = { kind: 'person', id: 'carl', name: 'Carl' };
    await reply(system.runtime, root, { text: 'false positive', author, source: { kind: 'github', externalId: 'c2' } });
    await system.settled();
    expect(await statusOf(finding.id)).toBe('posted');
    expect(await memoriesOf(finding.id)).toMatchObject([{ state: 'quarantined' }]);
    const [example] = await examplesOf(finding.id);
    expect(example?.state).toBe('quarantined');
    if (example === undefined) throw new Error('nothing was learned');
    const approved = await system.runtime.commands.execute('examples/approve', { id: example.id, by: ANN }, OPERATOR);
    expect(approved.state).toBe('active');
    expect(await memoriesOf(finding.id)).toMatchObject([{ state: 'active' }]);
    expect(await statusOf(finding.id)).toBe('declined');
  });

  it('said again by somebody who may teach by now leaves quarantine', async () => {
    const { finding, root } = await postFinding(system.runtime, { repo: 'acme/shop', pr: 7 });
    const author = { kind: 'person', id: 'newcomer', name: 'N' };
    await reply(system.runtime, root, { text: 'false positive', author });
    await system.settled();
    expect(await statusOf(finding.id)).toBe('posted');
    PERMISSIONS.newcomer = 'write';
    await reply(system.runtime, root, { text: 'False positive', author });
    await system.settled();
    expect(await statusOf(finding.id)).toBe('declined');
    expect(await memoriesOf(finding.id)).toMatchObject([{ state: 'active' }]);
  });

  it('of a bot or the system teaches nothing, of a listed teacher it does', async () => {
    const { finding, root } = await postFinding(system.runtime, { repo: 'acme/shop', pr: 7 });
    const bot = { kind: 'person', id: 'renovate[bot]', name: 'Renovate' };
    await reply(system.runtime, root, { text: 'false positive', author: bot });
    await reply(system.runtime, root, { text: 'false positive', author: { kind: 'system', id: 's', name: 'S' } });
    await system.settled();
    expect(await examplesOf(finding.id)).toEqual([]);
    await reply(system.runtime, root, { text: 'false positive', author: { kind: 'person', id: 'teacher', name: 'T' } });
    await system.settled();
    expect(await statusOf(finding.id)).toBe('declined');
  });

  it('waits for a code host that does not answer', async () => {
    const { finding, root } = await postFinding(system.runtime, { repo: 'acme/shop', pr: 7 });
    host.fail(new ContinuumError('CODE_HOST_UNAVAILABLE', 'no answer', { retryable: true }));
    await reply(system.runtime, root, { text: 'false positive' });
    await system.settled();
    expect(await statusOf(finding.id)).toBe('declined');
    expect(await system.runtime.bus.deadLetters()).toEqual([]);
  });

  it('that takes back an earlier one sets that one aside', async () => {
    const { finding, root } = await postFinding(system.runtime);
    await reply(system.runtime, root, { text: 'false positive' });
    await reply(system.runtime, root, { text: "Actually, you're right, real bug" });
    await system.settled();
    expect(await statusOf(finding.id)).toBe('confirmed');
    const states = (await memoriesOf(finding.id)).map(({ verdict, state }) => `${verdict} ${state}`);
    expect(states.sort()).toEqual(['affirm active', 'decline superseded']);
    expect((await examplesOf(finding.id)).map(({ state }) => state).sort()).toEqual(['active', 'revoked']);
  });

  it('of two personas who agree is consensus, for a person to approve', async () => {
    const { finding, root } = await postFinding(system.runtime);
    const author = { kind: 'persona', id: 'code-review-ai', name: 'Code Review AI' };
    await reply(system.runtime, root, { text: 'I agree, this is a real problem', author });
    await system.settled();
    expect(await examplesOf(finding.id)).toMatchObject([{ signal: 'consensus', priority: 0.7, state: 'quarantined' }]);
    expect(await memoriesOf(finding.id)).toEqual([]);
  });

  it('about no finding is left alone', async () => {
    const before = (await learning().examples({ limit: 1000 })).length;
    const { root } = await postFinding(system.runtime);
    await reply(
      system.runtime,
      { ...root, id: root.id, threadId: null },
      { text: 'false positive', threadId: null, replyTo: null },
    );
    await system.settled();
    expect(await learning().examples({ limit: 1000 })).toHaveLength(before);
  });
});

describe('a correction in conversation', () => {
  const PERSONA = { kind: 'persona', id: 'code-review-ai', name: 'Code Review AI' };
  const at = (second: number) => ({ at: `2026-01-01T00:00:${String(second).padStart(2, '0')}.000Z` });

  it('is kept at once, and with the fix and its confirmation once they are there', async () => {
    const opening = message({ author: PERSONA, text: 'Use db.query("select " + id)', ...at(1) });
    await system.runtime.store.rooms.addMessage(opening);
    const text = 'Actually, that SQL query should use parameterized statements';
    const correction = await reply(system.runtime, opening, { text, ...at(2) });
    await system.settled();
    const mine = async () =>
      (await learning().examples({ limit: 1000 })).filter(({ provenance }) =>
        provenance.messageIds.includes(correction.id),
      );
    expect(await mine()).toMatchObject([{ signal: 'correction', priority: 1, quality: 'critical', state: 'active' }]);
    const fix = await reply(system.runtime, correction, {
      author: PERSONA,
      text: 'db.query("select ?", [id])',
      ...at(3),
    });
    await reply(system.runtime, fix, { text: "Perfect, that's much safer", ...at(4) });
    await system.settled();
    const [whole, first] = await mine();
    expect(first?.state).toBe('revoked');
    expect(whole).toMatchObject({
      state: 'active',
      priority: 1,
      preference: { chosen: fix.text, rejected: opening.text },
    });
    expect(whole?.messages.at(-1)).toEqual({ role: 'assistant', content: fix.text });
    expect(whole?.provenance.messageIds).toHaveLength(4);
  });

  it('in the thread of a finding: praise of the fix does not praise the finding', async () => {
    const { finding, root } = await postFinding(system.runtime);
    const correction = await reply(system.runtime, root, {
      text: 'false positive, flag the assignment instead',
      ...at(2),
    });
    const fix = await reply(system.runtime, correction, { author: PERSONA, text: 'I flag line 20 now.', ...at(3) });
    await reply(system.runtime, fix, { text: 'Perfect', ...at(4) });
    await system.settled();
    expect(await statusOf(finding.id)).toBe('declined');
    const ends = (await examplesOf(finding.id)).map(({ messages }) => messages.at(-1)?.content);
    expect(ends).toContain('I flag line 20 now.');
  });

  it('about one finding of a pull request: praise of another one is praise of that one', async () => {
    const one = await postFinding(system.runtime);
    const other = await postFinding(system.runtime);
    const head = message({
      author: { kind: 'system', id: 'continuum', name: 'Continuum' },
      text: 'Reviewed',
      ...at(1),
    });
    await system.runtime.store.rooms.addMessage(head);
    const announce = (finding: typeof one.finding) =>
      reply(system.runtime, head, { author: PERSONA, text: finding.title, findingId: finding.id, ...at(2) });
    const [first, second] = [await announce(one.finding), await announce(other.finding)];
    const objection = await reply(system.runtime, first, { text: 'false positive, flag the call instead', ...at(3) });
    await reply(system.runtime, objection, { author: PERSONA, text: 'I flag the call now.', ...at(4) });
    await reply(system.runtime, second, { text: 'good catch', ...at(5) });
    await system.settled();
    expect([await statusOf(one.finding.id), await statusOf(other.finding.id)]).toEqual(['declined', 'confirmed']);
  });

  it('of a stranger waits in quarantine', async () => {
    const author = { kind: 'person', id: 'stranger', name: 'S' };
    const source = { kind: 'github', externalId: 'c77', repo: 'acme/shop', pr: 7 };
    const said = message({ text: 'Actually, you should use tabs', author, source });
    await system.runtime.store.rooms.addMessage(said);
    await system.runtime.bus.emit('room:message', { messageId: said.id, roomId: said.roomId });
    await system.settled();
    const kept = (await learning().examples({ limit: 1000 })).filter(
      ({ provenance }) => provenance.author.id === 'stranger',
    );
    expect(kept).toMatchObject([{ state: 'quarantined' }]);
  });
});

describe('a reaction', () => {
  it.each([
    ['👎', 'declined'],
    ['👍', 'confirmed'],
    ['👀', 'posted'],
  ])('%s on the announcement of a finding: %s', async (emoji, status) => {
    const { finding, root } = await postFinding(system.runtime);
    await system.runtime.bus.emit('room:reaction', { messageId: root.id, author: ANN, emoji, source: 'web' });
    await system.settled();
    expect(await statusOf(finding.id)).toBe(status);
  });

  it('that is taken off is taken back, and counts once more when it is put on again', async () => {
    const { finding, root } = await postFinding(system.runtime);
    const thumb = async (removed: boolean) => {
      const payload = { messageId: root.id, author: ANN, emoji: '👎', source: 'web' };
      await system.runtime.bus.emit('room:reaction', removed ? { ...payload, removed } : payload);
      await system.settled();
      return statusOf(finding.id);
    };
    expect(await thumb(false)).toBe('declined');
    expect(await thumb(true)).toBe('posted');
    expect(await thumb(false)).toBe('declined');
    expect(await memoriesOf(finding.id)).toMatchObject([{ state: 'active' }]);
  });

  it('on a reply says nothing of the finding', async () => {
    const { finding, root } = await postFinding(system.runtime);
    const answer = await reply(system.runtime, root, { text: 'I will look at it' });
    await system.runtime.bus.emit('room:reaction', { messageId: answer.id, author: ANN, emoji: '👎', source: 'web' });
    await system.settled();
    expect(await statusOf(finding.id)).toBe('posted');
  });
});

describe('feedback', () => {
  const give = (input: Record<string, unknown> & { findingId?: never }, findingId: string) =>
    system.runtime.commands.executeUntyped(
      'feedback/give',
      { author: ANN, source: { kind: 'api' }, ...input, findingId },
      OPERATOR,
    );

  it.each([
    [{ kind: 'thumbs', value: 'down' }, 'declined', 'decline', 0.6],
    [{ kind: 'thumbs', value: 'up' }, 'confirmed', 'affirm', 0.6],
    [{ kind: 'correction', value: 'wrong', reason: 'the key is a constant' }, 'declined', 'decline', 1],
    [{ kind: 'correction', value: 'the key is a constant' }, 'declined', 'decline', 1],
    [{ kind: 'confirmation', value: 'right', reason: 'an attacker controls it' }, 'confirmed', 'affirm', 1],
  ])('%j is learned at once', async (input, status, verdict, weight) => {
    const { finding } = await postFinding(system.runtime);
    expect(await give(input, finding.id)).toMatchObject({ learned: 'active', findingId: finding.id });
    expect(await statusOf(finding.id)).toBe(status);
    await system.settled();
    expect(await memoriesOf(finding.id)).toMatchObject([{ verdict, weight, state: 'active' }]);
    expect(await examplesOf(finding.id)).toHaveLength(1);
  });

  it('as an edit makes a pair of the two texts and no memory', async () => {
    const { finding } = await postFinding(system.runtime);
    expect(await give({ kind: 'edit', value: 'Bind the id.' }, finding.id)).toMatchObject({ learned: 'active' });
    const [example] = await examplesOf(finding.id);
    expect(example?.preference).toMatchObject({ chosen: 'Bind the id.', rejected: 'SQL from input. Use parameters.' });
    expect(await memoriesOf(finding.id)).toEqual([]);
  });

  it('of a kind that judges nothing is kept', async () => {
    const { finding } = await postFinding(system.runtime);
    expect(await give({ kind: 'emotion', value: 'joy' }, finding.id)).toMatchObject({ learned: 'nothing' });
    expect(await learning().listFeedback({ findingId: finding.id })).toHaveLength(1);
  });

  it('of words after a bare thumb replaces the thumb; a thumb after words adds nothing', async () => {
    const { finding } = await postFinding(system.runtime);
    await give({ kind: 'thumbs', value: 'down' }, finding.id);
    await give({ kind: 'correction', value: 'wrong', reason: 'constant' }, finding.id);
    await give({ kind: 'thumbs', value: 'down' }, finding.id);
    await system.settled();
    const states = (await memoriesOf(finding.id)).map(({ state }) => state);
    expect(states.sort()).toEqual(['active', 'superseded']);
  });

  it('can change back and forth: the last word counts', async () => {
    const { finding } = await postFinding(system.runtime);
    for (const value of ['down', 'up', 'down']) {
      await give({ kind: 'thumbs', value }, finding.id);
      await system.settled();
      expect(await statusOf(finding.id)).toBe(value === 'up' ? 'confirmed' : 'declined');
    }
    const states = (await memoriesOf(finding.id)).map(({ verdict, state }) => `${verdict} ${state}`);
    expect(states.sort()).toEqual(['affirm superseded', 'decline active']);
  });

  it('about nothing, or nothing known, is refused', async () => {
    await expect(give({ kind: 'thumbs', value: 'up' }, 'nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const input = { kind: 'thumbs', value: 'up', author: ANN } as const;
    const bare = system.runtime.commands.execute('feedback/give', input, OPERATOR);
    await expect(bare).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });
});

describe('taking back', () => {
  it('a memory opens its finding again and takes its example out of the export', async () => {
    const { finding, root } = await postFinding(system.runtime);
    await reply(system.runtime, root, { text: 'false positive, revoke me later' });
    await system.settled();
    const exported = await system.runtime.commands.execute('examples/export', { format: 'dpo' }, OPERATOR);
    expect(exported.jsonl).toContain('revoke me later');
    const [memory] = await memoriesOf(finding.id);
    if (memory === undefined) throw new Error('nothing was learned');
    await system.runtime.commands.execute('memory/revoke', { id: memory.id, by: ANN }, OPERATOR);
    expect(await statusOf(finding.id)).toBe('posted');
    const after = await system.runtime.commands.execute('examples/export', { format: 'dpo' }, OPERATOR);
    expect(after.jsonl).not.toContain('revoke me later');
    expect(after.count).toBe(exported.count - 1);
  });

  it('an example takes back its memory, unless others declined too', async () => {
    const { finding, root } = await postFinding(system.runtime);
    await reply(system.runtime, root, { text: 'false positive' });
    await reply(system.runtime, root, { text: 'not an issue', author: { kind: 'person', id: 'bob', name: 'Bob' } });
    await system.settled();
    const [example] = await examplesOf(finding.id);
    if (example === undefined) throw new Error('nothing was learned');
    const revoked = await system.runtime.commands.execute('examples/revoke', { id: example.id, by: ANN }, OPERATOR);
    expect(revoked.state).toBe('revoked');
    expect(await statusOf(finding.id)).toBe('declined');
    expect((await memoriesOf(finding.id)).map(({ state }) => state).sort()).toEqual(['active', 'revoked']);
  });

  it('of what does not exist is refused', async () => {
    const unknown = system.runtime.commands.executeUntyped('memory/revoke', { id: 'mem_x', by: ANN }, OPERATOR);
    await expect(unknown).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('consent', () => {
  it('opted out, nothing is learned; opting out later takes examples out of the export', async () => {
    const dora = { kind: 'person', id: 'dora', name: 'Dora' };
    const { root } = await postFinding(system.runtime);
    await reply(system.runtime, root, { text: 'false positive, says dora', author: dora });
    await system.settled();
    const choice = { subject: 'person', id: 'dora', choice: 'opt-out' } as const;
    await system.runtime.commands.execute('consent/set', choice, OPERATOR);
    const { jsonl } = await system.runtime.commands.execute('examples/export', { format: 'openai' }, OPERATOR);
    expect(jsonl).not.toContain('says dora');
    const next = await postFinding(system.runtime);
    await reply(system.runtime, next.root, { text: 'false positive', author: dora });
    await system.settled();
    expect(await examplesOf(next.finding.id)).toEqual([]);
    expect(await statusOf(next.finding.id)).toBe('posted');
  });
});
