import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createAnalyzerPool } from '@continuum/analyzers/pool/pool';
import type { CandidateFinding } from '@continuum/contract/finding';
import { MemoryId, ScopeId } from '@continuum/contract/ids';
import type { Memory } from '@continuum/contract/learning';
import { barePrompt, dossierPrompt } from '@continuum/memory/dossier/prompt';
import { type Described, describe } from '@continuum/memory/features';
import { judge } from '@continuum/memory/judge';
import { fitTeamModel } from '@continuum/memory/team-model';
import { dedupe } from '@continuum/review/dedupe';
import { prior } from '@continuum/review/prior';
import { mulberry32, shuffled } from '../advisories/rows.ts';
import { loadCorpus } from '../learning-curve/corpus.ts';
import { installedPackages } from './installed.ts';
import { answer, drawPolicy, type Policy, type Random, wants } from './policies.ts';

/** One question to a generated team, with the answer: a line of the base model's training data. */
export interface Question {
  readonly prompt: string;
  readonly bare: string;
  /** What the memory alone answers: its probability to post. */
  readonly memory: number;
  readonly post: boolean;
  readonly corrections: number;
  readonly team: number;
}

/** A finding, and which package it came from. */
export interface Sample extends Described {
  readonly finding: CandidateFinding;
  readonly package: number;
}

const MOST_OF_PACKAGE = 120;
/** One rule finds two thirds of everything: so much of it is enough for a package. */
const MOST_OF_RULE = 18;
const QUESTIONS = 14;
const MOST_CORRECTIONS = 260;
const SHARE_TO_LEARN = 0.6;

/** Findings on real code: npm releases of the development side, and the packages that this project has installed. */
export async function findingsOf(options: {
  readonly packages: number;
  readonly installed: string;
  readonly seed: number;
}): Promise<Sample[]> {
  const { packages, installed, seed } = options;
  const changes = [...(await loadCorpus('dev', packages, seed)), ...(await installedPackages(installed))];
  const pool = createAnalyzerPool();
  try {
    const all: Sample[] = [];
    for (const [index, change] of changes.entries()) {
      const { findings } = await pool.analyze(change);
      const some = balanced(shuffled(dedupe(findings), seed + index)).slice(0, MOST_OF_PACKAGE);
      all.push(...some.map((finding) => ({ finding, atoms: describe(finding).atoms, package: index })));
    }
    return all;
  } finally {
    await pool.close();
  }
}

function balanced(findings: readonly CandidateFinding[]): CandidateFinding[] {
  return [...Map.groupBy(findings, ({ rule }) => rule).values()].flatMap((same) => same.slice(0, MOST_OF_RULE));
}

/** Writes the questions of `teams` generated teams as JSON Lines. */
export async function generate(
  file: string,
  findings: readonly Sample[],
  teams: number,
  seed: number,
): Promise<number> {
  const out = createWriteStream(file);
  let written = 0;
  for (let team = 0; team < teams; team += 1) {
    for (const question of questionsOf(team, findings, mulberry32(seed * 1_000_003 + team))) {
      written += 1;
      if (!out.write(`${JSON.stringify(question)}\n`)) await once(out, 'drain');
    }
  }
  out.end();
  await once(out, 'close');
  return written;
}

function questionsOf(team: number, findings: readonly Sample[], random: Random): Question[] {
  const { learn, unseen } = split(findings, random);
  const policy = drawPolicy(random, findings);
  if (policy === undefined || learn.length === 0 || unseen.length === 0) return [];
  // A few teams have just begun; the rest lie evenly on a logarithmic scale.
  const least = random() < 0.2 ? 1 : 10;
  const corrections = Math.floor(least * Math.exp(random() * Math.log(MOST_CORRECTIONS / least)));
  const lessons = Array.from({ length: corrections }, () => learn[Math.floor(random() * learn.length)]).filter(
    (one) => one !== undefined,
  );
  const memories = lessons.map((one, index) => toMemory(one, policy, index, random));
  const model = fitTeamModel(memories, { reasons: true });
  return Array.from({ length: QUESTIONS }, () => unseen[Math.floor(random() * unseen.length)])
    .filter((one) => one !== undefined)
    .map((one) => {
      const before = prior(one.finding);
      const { score } = judge({ candidate: one.finding, fingerprint: '', prior: before, model });
      return {
        prompt: dossierPrompt(one, model, before.score, score),
        bare: barePrompt(one),
        memory: score,
        post: wants(policy, one),
        corrections,
        team,
      };
    });
}

function split(findings: readonly Sample[], random: Random): { learn: Sample[]; unseen: Sample[] } {
  const packages = [...new Set(findings.map((one) => one.package))].sort(() => random() - 0.5);
  // A team works in a handful of code bases: fewer packages make its corrections hang together more.
  const some = packages.slice(0, 6 + Math.floor(random() * (packages.length - 6)));
  const learning = new Set(some.slice(0, Math.ceil(some.length * SHARE_TO_LEARN)));
  const asked = new Set(some.slice(Math.ceil(some.length * SHARE_TO_LEARN)));
  return {
    learn: findings.filter((one) => learning.has(one.package)),
    unseen: findings.filter((one) => asked.has(one.package)),
  };
}

function toMemory(one: Sample, policy: Policy, index: number, random: Random): Memory {
  const { rule, category, severity, confidence, path, evidence, facts } = one.finding;
  const { wanted, reason } = answer(policy, one, random);
  return {
    id: MemoryId.parse(`memory_${String(index).padStart(6, '0')}`),
    kind: 'correction',
    verdict: wanted ? 'affirm' : 'decline',
    repo: 'generated/team',
    scope: ScopeId.parse('/'),
    finding: { rule, category, severity, confidence, path, evidence, facts },
    reason,
    author: { kind: 'person', id: 'maintainer', name: 'maintainer' },
    source: { kind: 'api' },
    weight: 1,
    state: 'active',
    at: '2026-01-01T00:00:00.000Z',
  };
}
