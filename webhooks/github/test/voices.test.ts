import { FindingId } from '@continuum/contract/ids';
import { REACTIONS } from '@continuum/contract/ports/code-host';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { failure, REPO, startWorld, type World } from './world.ts';

let world: World;
let pr: number;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.fake.stop());
beforeEach(async () => {
  world.fake.clearFaults();
  pr = await world.openPull();
});

const where = () => ({ repo: REPO, pr });

async function publish(lines: readonly number[], key = 'review'): Promise<string[]> {
  const comments = lines.map((line) => ({
    ...{ findingId: FindingId.parse(`f-${line}`), path: 'src/a.js', line, body: `Look at ${line}` },
  }));
  const commit = world.fake.headOf(REPO, pr);
  const published = await world.host.publishReview({ ...where(), key, commit, body: 'Findings', comments });
  return [published.externalId, ...published.comments.map(({ externalId }) => externalId)];
}

describe('voices', () => {
  test('reactions on everything we wrote, with who and when', async () => {
    const [review = '', line = ''] = await publish([2]);
    const { externalId: plain } = await world.host.comment({ ...where(), key: 'c', body: 'An answer' });
    for (const [nth, on] of [line, plain, `review:${review}`].entries()) {
      world.fake.setReaction(REPO, pr, { on, author: 'alice', emoji: REACTIONS[nth] ?? '+1' });
    }
    world.fake.setReaction(REPO, pr, { on: line, author: 'renovate[bot]', emoji: 'rocket' });
    const { reactions } = await world.host.voices(where());
    const alice = { id: 'alice', name: 'alice', kind: 'person' };
    const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT/);
    expect(reactions).toEqual([
      { on: line, emoji: '+1', author: alice, at },
      { on: plain, emoji: '-1', author: alice, at },
      { on: `review:${review}`, emoji: 'laugh', author: alice, at },
    ]);
    world.fake.setReaction(REPO, pr, { on: plain, author: 'alice', emoji: '-1', removed: true });
    expect((await world.host.voices(where())).reactions.map(({ on }) => on)).toEqual([line, `review:${review}`]);
  });

  test("what stands on other people's words is not ours, whatever they end with", async () => {
    const forged = await world.fake.issueComment(REPO, pr, 'mallory', 'x\n\n<!-- continuum:c -->');
    const theirs = await world.fake.reviewComment(REPO, pr, 'alice', { path: 'src/a.js', line: 2, body: 'why?' });
    world.fake.setReaction(REPO, pr, { on: `issue:${forged}`, author: 'mallory', emoji: '+1' });
    world.fake.setReaction(REPO, pr, { on: String(theirs), author: 'bob', emoji: '+1' });
    await world.fake.resolveThread(REPO, pr, theirs, 'alice');
    expect(await world.host.voices(where())).toEqual({ reactions: [], threads: [] });
  });

  test('threads of ours say who closed them and whether their line is gone', async () => {
    const [, first = '', second = ''] = await publish([2, 4]);
    await world.fake.resolveThread(REPO, pr, first, 'alice');
    await world.fake.push(REPO, pr, { 'src/a.js': 'one\n2\nthree\n' });
    const alice = { id: 'alice', name: 'alice', kind: 'person' };
    expect((await world.host.voices(where())).threads).toEqual([
      { commentId: first, resolved: true, outdated: expect.any(Boolean), resolvedBy: alice },
      { commentId: second, resolved: false, outdated: true },
    ]);
    await world.fake.resolveThread(REPO, pr, first, 'alice', false);
    expect((await world.host.voices(where())).threads[0]).toMatchObject({ commentId: first, resolved: false });
  });

  test('are heard through more pages than one', async () => {
    for (let nth = 0; nth < 60; nth += 1) await world.fake.issueComment(REPO, pr, 'alice', `talk ${nth}`);
    const { externalId } = await world.host.comment({ ...where(), key: 'late', body: 'An answer' });
    world.fake.setReaction(REPO, pr, { on: externalId, author: 'alice', emoji: 'heart' });
    expect((await world.host.voices(where())).reactions).toMatchObject([{ on: externalId, emoji: 'heart' }]);
  });
});

describe('closing a thread', () => {
  test('by any comment in it, once, also when the answer was lost', async () => {
    const [, first = '', second = ''] = await publish([2, 4]);
    const reply = await world.fake.reply(REPO, pr, second, 'alice', 'done');
    world.fake.failNext({ path: /^\/graphql$/, afterEffect: true, times: 1 });
    const input = { ...where(), key: 'resolve', commentId: String(reply) };
    expect((await failure(world.host.resolveThread(input))).retryable).toBe(true);
    expect(await world.host.resolveThread(input)).toBe(true);
    expect(await world.host.resolveThread(input)).toBe(true);
    expect(world.fake.resolvedThreads(REPO, pr)).toEqual([Number(second)]);
    expect(first).not.toBe(second);
  });

  test('a comment that is gone has none', async () => {
    expect(await world.host.resolveThread({ ...where(), key: 'r', commentId: '123' })).toBe(false);
  });

  test('our own closing is no voice of a person', async () => {
    const [, first = ''] = await publish([2]);
    await world.host.resolveThread({ ...where(), key: 'r', commentId: first });
    expect((await world.host.voices(where())).threads).toMatchObject([{ resolvedBy: { kind: 'bot' } }]);
  });
});

describe('an emoji of ours', () => {
  test.each(['issue', 'review'] as const)('is put on a comment (%s) once', async (place) => {
    const comment = { path: 'src/a.js', line: 2, body: 'hm' };
    const id =
      place === 'issue'
        ? await world.fake.issueComment(REPO, pr, 'alice', '@continuum review')
        : await world.fake.reviewComment(REPO, pr, 'alice', comment);
    const input = { ...where(), key: 'e', commentId: String(id), place, emoji: 'eyes' as const };
    world.fake.failNext({ method: 'POST', path: /reactions$/, afterEffect: true });
    expect((await failure(world.host.react(input))).retryable).toBe(true);
    expect([await world.host.react(input), await world.host.react(input)]).toEqual([true, true]);
    const all = [...world.fake.issueComments(REPO, pr), ...world.fake.reviewComments(REPO, pr)];
    expect(all.flatMap(({ reactions }) => reactions)).toMatchObject([{ content: 'eyes', author: world.fake.bot }]);
  });

  test('a comment that is gone takes none', async () => {
    const input = { ...where(), key: 'e', commentId: '123', place: 'issue' as const, emoji: 'eyes' as const };
    expect(await world.host.react(input)).toBe(false);
  });
});
