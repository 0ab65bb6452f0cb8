import { Finding, Review } from '@continuum/contract/finding';
import type { FindingFilter, ReviewStore } from '@continuum/contract/ports/store';
import { and, desc, eq, lt, notExists, type SQL, sql } from 'drizzle-orm';
import { checked } from '../checked.ts';
import type { Context, Database } from '../connection.ts';
import { olderThan, pageSize, withBody } from '../rows.ts';
import { findings, reviews } from '../schema/review.ts';

function reviewRow(review: Review) {
  const { id, key, repo, pr, status, at, ...body } = checked(Review, review);
  return { id, key, repo, pr: pr ?? null, status, at, body };
}

function findingRow(finding: Finding) {
  const { id, reviewId, repo, pr, fingerprint, persona, scope, status, externalId, url, at, ...body } = checked(
    Finding,
    finding,
  );
  const optional = { pr: pr ?? null, externalId: externalId ?? null, url: url ?? null };
  return { id, reviewId, repo, fingerprint, persona, scope, status, at, body, ...optional };
}

async function oneReview(db: Database, where: SQL): Promise<Review | undefined> {
  const [row] = await db.select().from(reviews).where(where);
  return row === undefined ? undefined : Review.parse(withBody(row));
}

async function oneFinding(db: Database, where: SQL): Promise<Finding | undefined> {
  const [row] = await db.select().from(findings).where(where).orderBy(desc(findings.seq)).limit(1);
  return row === undefined ? undefined : Finding.parse(withBody(row));
}

async function begin(db: Database, review: Review): ReturnType<ReviewStore['begin']> {
  const added = await db.insert(reviews).values(reviewRow(review)).onConflictDoNothing().returning({ id: reviews.id });
  if (added.length > 0) return { review, created: true };
  const existing =
    (await oneReview(db, eq(reviews.key, review.key))) ?? (await oneReview(db, eq(reviews.id, review.id)));
  return { review: existing ?? review, created: false };
}

async function saveFinding(db: Database, finding: Finding): Promise<void> {
  const { id, ...set } = findingRow(finding);
  await db
    .insert(findings)
    .values({ id, ...set })
    .onConflictDoUpdate({ target: findings.id, set });
}

async function finish(db: Database, review: Review, found: readonly Finding[]): Promise<void> {
  const { id, ...set } = reviewRow(review);
  await db
    .insert(reviews)
    .values({ id, ...set })
    .onConflictDoUpdate({ target: reviews.id, set });
  for (const finding of found) await saveFinding(db, finding);
}

function matching(filter: FindingFilter): SQL | undefined {
  const { repo, pr, status, reviewId, fingerprint, scope } = filter;
  return and(
    repo === undefined ? undefined : eq(findings.repo, repo),
    pr === undefined ? undefined : eq(findings.pr, pr),
    status === undefined ? undefined : eq(findings.status, status),
    reviewId === undefined ? undefined : eq(findings.reviewId, reviewId),
    fingerprint === undefined ? undefined : eq(findings.fingerprint, fingerprint),
    scope === undefined ? undefined : eq(findings.scope, scope),
    olderThan(findings, filter),
  );
}

/** A save whose findings a later one took over, or that never had any. */
function emptySave(db: Database, before: Date): SQL | undefined {
  const held = db.select({ id: findings.id }).from(findings).where(eq(findings.reviewId, reviews.id));
  return and(lt(reviews.at, before.toISOString()), sql`${reviews.body} ->> 'trigger' = 'editor'`, notExists(held));
}

/** Reviews and their findings, posted and withheld. */
export function reviewStore({ db, atomically, reclaim }: Context): ReviewStore {
  return {
    begin: (review) => begin(db, review),
    finish: (review, found) => atomically((tx) => finish(tx, review, found)),
    get: (id) => oneReview(db, eq(reviews.id, id)),
    byKey: (key) => oneReview(db, eq(reviews.key, key)),
    async list(page) {
      const where = and(
        page?.repo === undefined ? undefined : eq(reviews.repo, page.repo),
        page?.pr === undefined ? undefined : eq(reviews.pr, page.pr),
        olderThan(reviews, page),
      );
      const rows = await db.select().from(reviews).where(where).orderBy(desc(reviews.seq)).limit(pageSize(page?.limit));
      return rows.map((row) => Review.parse(withBody(row)));
    },
    async findings(filter) {
      const newest = db.select().from(findings).where(matching(filter)).orderBy(desc(findings.seq));
      return (await newest.limit(pageSize(filter.limit))).map((row) => Finding.parse(withBody(row)));
    },
    finding: (id) => oneFinding(db, eq(findings.id, id)),
    findingByExternalId: (externalId) => oneFinding(db, eq(findings.externalId, externalId)),
    async setStatus(id, status) {
      await db.update(findings).set({ status }).where(eq(findings.id, id));
    },
    async link(id, externalId, url) {
      await db
        .update(findings)
        .set({ externalId, url: url ?? null })
        .where(eq(findings.id, id));
    },
    async prune(before) {
      const gone = await db.delete(reviews).where(emptySave(db, before)).returning({ id: reviews.id });
      await reclaim('reviews');
      return gone.length;
    },
  };
}
