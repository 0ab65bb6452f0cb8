import type { Finding } from '@continuum/contract/finding';
import type { MessageView } from '@continuum/contract/http';
import type { TrainingExample } from '@continuum/contract/learning';
import { seededChoice } from '@continuum/testing/seeded-choice';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { DAYS, live, SAID_ON_GITHUB, type Week } from './week/days.ts';
import { createLedger, isOf, type Taught } from './week/ledger.ts';
import { BOT, startWorld, WRITERS } from './week/world.ts';

const SEED = Number(process.env.WEEK_SEED ?? 20_261_126);
const PULLS = Number(process.env.WEEK_PULLS ?? 40);
const SHOWN = new Set<Finding['status']>(['posted', 'confirmed', 'declined', 'addressed', 'resolved']);
const PATIENCE = { timeout: 60_000, interval: 500 };

let week: Week;
const world = () => week.world;

beforeAll(async () => {
  console.log(`the week of seed ${SEED}, with ${PULLS} pull requests`);
  const pullsADay = Math.max(4, Math.round(PULLS / DAYS));
  const parts = { world: await startWorld(), ledger: createLedger(), choice: seededChoice(SEED), spoken: new Map() };
  week = { ...parts, pullsADay, posted: [] };
  for (let day = 1; day <= DAYS; day += 1) await live(week, day);
  // Reactions that nobody told of are asked for at the start.
  await world().restart();
  await world().quiet();
}, 900_000);
afterAll(async () => {
  await week?.world.stop();
}, 60_000);

/** All findings of a pull request, withheld ones too. */
const findingsOf = ({ repo, pr }: { readonly repo: string; readonly pr: number }) =>
  world().api().findings({ repo, pr });

async function allExamples(): Promise<TrainingExample[]> {
  const states = ['active', 'quarantined', 'revoked'] as const;
  const pages = await Promise.all(states.map((state) => world().api().examples({ state, limit: 1000 })));
  for (const page of pages) expect(page.length).toBeLessThan(1000);
  return pages.flat();
}

describe('after the week', () => {
  test('every pull request was reviewed as it stands', async () => {
    expect(week.ledger.pulls.length).toBeGreaterThanOrEqual(PULLS);
    for (const { repo, pr } of week.ledger.pulls) {
      const reviews = await world().api().reviews({ repo, pr });
      const heads = reviews.filter(({ status }) => status === 'done').map(({ head }) => head);
      expect(heads, `${repo}#${pr}`).toContain(world().github.headOf(repo, pr));
    }
  });

  test('every finding stands once: on its pull request, in the room and in the channel', async () => {
    for (const { repo, pr } of week.ledger.pulls) {
      const findings = await findingsOf({ repo, pr });
      const byComment = new Map(findings.map((finding) => [finding.externalId, finding]));
      const ours = world()
        .github.reviewComments(repo, pr)
        .filter(({ author, inReplyTo }) => author === world().github.bot && inReplyTo === undefined);
      const told = ours.map(({ id }) => byComment.get(String(id))?.fingerprint ?? `unknown comment ${id}`);
      const shown = findings.filter(({ status }) => SHOWN.has(status));
      expect(told.sort(), `${repo}#${pr}`).toEqual(shown.map(({ fingerprint }) => fingerprint).sort());
      expect(new Set(told).size, `${repo}#${pr}`).toBe(told.length);
      const summaries = world()
        .github.issueComments(repo, pr)
        .filter(({ body }) => body.includes('continuum:summary'));
      expect(summaries, `${repo}#${pr}`).toHaveLength(1);
    }
    const inRoom = (await world().room()).flatMap(({ finding }) => finding?.id ?? []);
    expect(new Set(inRoom).size).toBe(inRoom.length);
    const inChannel = world()
      .slack.messages(world().channel)
      .flatMap(({ metadata }) => (metadata === undefined ? [] : String(metadata.event_payload.key)));
    expect(new Set(inChannel).size).toBe(inChannel.length);
  });

  test('what was fixed is addressed or resolved, and its thread is closed', async () => {
    expect(week.ledger.fixed.length).toBeGreaterThan(0);
    for (const { repo, pr, findingId } of week.ledger.fixed) {
      const { status, externalId, path } = await world().api().finding(findingId);
      expect(['addressed', 'resolved'], `${path} of ${repo}#${pr}`).toContain(status);
      expect(world().github.resolvedThreads(repo, pr), `${path} of ${repo}#${pr}`).toContain(Number(externalId));
    }
  });

  test('what was declined is never raised again', async () => {
    const repeats = await repeated();
    expect(week.ledger.again.length).toBeGreaterThan(0);
    expect(repeats).toEqual([]);
    for (const { repo, pr, fingerprint } of week.ledger.again) {
      const same = (await findingsOf({ repo, pr })).find((finding) => finding.fingerprint === fingerprint);
      expect(same, `${repo}#${pr}`).toMatchObject({ status: 'withheld' });
    }
  });

  test('every teaching signal is among the examples, with its source, its author and its verdict', async () => {
    await vi.waitFor(async () => expect(await missing()).toEqual([]), PATIENCE);
  }, 120_000);

  test('nobody without rights, and no bot, taught anything', async () => {
    const examples = await allExamples();
    const active = examples.filter(({ state }) => state === 'active');
    const teachers = new Set(active.map(({ provenance }) => provenance.author.id));
    expect([...teachers].filter((name) => !WRITERS.some((writer) => writer === name))).toEqual([]);
    expect(examples.filter(({ provenance }) => provenance.author.id === BOT)).toEqual([]);
    const memories = await world().api().memories({ state: 'active' });
    expect(memories.filter(({ author }) => !WRITERS.some((writer) => writer === author.id))).toEqual([]);
  });

  test('what was said of one finding stands in one thread, wherever it was said', async () => {
    const room = await world().room();
    const announced = new Map<string, MessageView>();
    for (const message of room) if (message.finding !== undefined) announced.set(message.finding.id, message);
    for (const { findingId, words, source } of week.ledger.taught.filter(isStillSaid)) {
      const root = announced.get(findingId);
      // Our answers quote what people said.
      const said = room.filter(({ author, text }) => author.kind !== 'persona' && text.includes(words));
      expect(said, `${source}: ${words}`).toHaveLength(1);
      expect(said[0]?.threadId, words).toBe(root?.threadId ?? root?.id);
      expect(said[0]?.replyTo, words).toBe(root?.id);
    }
    expect(
      Math.max(
        ...sourcesByFinding()
          .values()
          .map(({ size }) => size),
      ),
    ).toBeGreaterThanOrEqual(3);
  });

  test('nothing is left over', async () => {
    const { backlog, outbox } = await world().api().operations();
    expect(Object.values(backlog).filter((waiting) => waiting > 0)).toEqual([]);
    expect([outbox.pending, outbox.running, outbox.dead]).toEqual([0, 0, 0]);
    expect(await world().api().deadLetters()).toEqual([]);
    expect(await world().api().verifyAudit()).toEqual({ intact: true });
  });

  test('figures', async () => {
    const { counts, taught, fixed, again, pulls } = week.ledger;
    const signals = { taught: taught.length, found: taught.length - (await missing()).length };
    const repeats = (await repeated()).length;
    console.log(
      JSON.stringify({
        seed: SEED,
        pulls: pulls.length,
        findings: week.posted.length,
        fixed: fixed.length,
        again: again.length,
      }),
      JSON.stringify({ ...counts, signals, repeats, bySource: bySource() }),
    );
    expect(counts.comments + counts.reactions).toBeGreaterThanOrEqual(SAID_ON_GITHUB);
    for (const [what, count] of Object.entries(counts)) expect(count, what).toBeGreaterThan(0);
  });
});

/** Signals of the script that no example is of. */
async function missing(): Promise<object[]> {
  const examples = await allExamples();
  return week.ledger.taught.filter((said) => !examples.some((example) => isOf(said, example)));
}

/** Findings that people were shown although the same was declined in their repository before they were opened. */
async function repeated(): Promise<string[]> {
  const repeats: string[] = [];
  for (const { repo, pr, fingerprint } of week.ledger.again) {
    const same = (await findingsOf({ repo, pr })).filter((finding) => finding.fingerprint === fingerprint);
    repeats.push(...same.filter(({ status }) => SHOWN.has(status)).map(({ id }) => `${repo}#${pr} ${id}`));
  }
  return repeats;
}

function isStillSaid({ inThread, state }: Taught): boolean {
  return inThread && state !== 'revoked';
}

function sourcesByFinding(): Map<string, Set<string>> {
  const byFinding = Map.groupBy(week.ledger.taught, ({ findingId }) => findingId);
  return new Map([...byFinding].map(([id, said]) => [id, new Set(said.map(({ source }) => source))]));
}

function bySource(): Record<string, number> {
  const bySource = Map.groupBy(week.ledger.taught, ({ source }) => source);
  return Object.fromEntries([...bySource].map(([source, said]) => [source, said.length]));
}
