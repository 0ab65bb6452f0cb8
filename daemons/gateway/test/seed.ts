import { Finding, Review } from '@continuum/contract/finding';
import { MessageId } from '@continuum/contract/ids';
import { Memory, TrainingExample } from '@continuum/contract/learning';
import type { Store } from '@continuum/contract/ports/store';
import { Message, Room } from '@continuum/contract/room';

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
const ANNA = { kind: 'person' as const, id: 'anna', name: 'anna' };
const MALLORY = { kind: 'person' as const, id: 'mallory', name: 'mallory' };
const PR = 'https://github.com/acme/shop/pull/41';

const FACTS = {
  ...{ language: 'javascript', pathClass: 'source', role: 'argument', origins: ['request'], guards: [] },
  ...{ sanitizers: [], enclosing: ['function'], functionName: 'find', exported: true, callee: 'db.query' },
  frameworks: ['express'],
};

export const REVIEW = Review.parse({
  ...{ id: 'rev_1', repo: 'acme/shop', pr: 41, title: 'Search orders by customer', trigger: 'webhook', key: 'k1' },
  ...{ status: 'done', skipped: [], at: minutesAgo(42) },
  stats: { files: 4, addedLines: 128, candidates: 9, posted: 2, withheld: 1, ms: 640 },
});

/** Text that would run if any of it were taken as HTML. */
export const HOSTILE =
  '<img src=x onerror="document.title=1"><script>document.title=1</script>[x](javascript:alert(1))';

function finding(id: string, fields: Record<string, unknown>): Finding {
  return Finding.parse({
    ...{
      id,
      reviewId: REVIEW.id,
      repo: 'acme/shop',
      pr: 41,
      persona: 'security-ai',
      scope: '/security/',
      facts: FACTS,
    },
    ...{ fingerprint: `fp-${id}`, confidence: 0.9, claimedBy: ['ast'], references: [], at: minutesAgo(40) },
    ...fields,
  });
}

export const INJECTION = finding('fnd_1', {
  ...{ rule: 'ast/js-sql-injection', category: 'security', severity: 'critical', cwe: 'CWE-89' },
  ...{ path: 'src/orders/find.ts', line: 15, endLine: 17, title: 'SQL built from request input' },
  message:
    'The value of `req.query.name` reaches `db.query` inside a template literal. Anyone can change the statement.',
  evidence:
    'const rows = await db.query(\n' +
    "  `SELECT * FROM orders WHERE customer = '${req.query.name}' ORDER BY created_at DESC`,\n);",
  suggestion: {
    ...{ startLine: 15, endLine: 17 },
    replacement:
      "const rows = await db.query('SELECT * FROM orders WHERE customer = $1 ORDER BY created_at DESC', [req.query.name]);",
  },
  status: 'posted',
  url: `${PR}#discussion_r1`,
  judgement: {
    ...{ verdict: 'post', score: 0.94 },
    why: [
      { kind: 'analyzer', text: 'The rule is precise: 9 of 10 such findings were right.', weight: 1.9 },
      { kind: 'facts', text: 'The value comes from a request and nothing sanitizes it.', weight: 1.4 },
      {
        ...{ kind: 'memory', text: 'A similar finding was declined: “that one is parameterized”.', weight: -0.6 },
        ...{ memoryId: 'mem_1', author: 'anna', link: `${PR}#discussion_r9` },
      },
    ],
  },
});

export const SECRET = finding('fnd_2', {
  ...{ rule: 'secrets/github-token', category: 'secret', severity: 'high', cwe: 'CWE-798' },
  ...{ path: 'deploy/config.ts', line: 3, endLine: 3, title: 'GitHub token in the source' },
  ...{ message: 'Revoke it, then read it from the environment.', evidence: "const token = 'ghp_••••••••';" },
  status: 'posted',
  judgement: {
    verdict: 'post',
    score: 0.99,
    why: [{ kind: 'analyzer', text: 'A token in its exact form.', weight: 3 }],
  },
});

export const WITHHELD = finding('fnd_3', {
  ...{ rule: 'ast/js-path-traversal', category: 'security', severity: 'medium', path: 'src/files/read.ts', line: 8 },
  ...{ endLine: 8, title: 'File name from a parameter', message: HOSTILE, evidence: 'readFile(join(ROOT, name))' },
  ...{ status: 'withheld', withheldBecause: 'declined' },
  judgement: {
    ...{ verdict: 'skip', score: 0.08 },
    why: [
      { kind: 'analyzer', text: 'The rule alone would post it.', weight: 0.8 },
      {
        ...{ kind: 'declined', text: 'Declined before: “names come from our own manifest, never from outside”.' },
        ...{ weight: -3.2, author: 'anna', link: PR, memoryId: 'mem_1' },
      },
    ],
  },
});

function message(id: string, fields: Record<string, unknown>): Message {
  return Message.parse({
    ...{ id, roomId: 'dev-updates', threadId: null, replyTo: null, hop: 0, source: { kind: 'web' } },
    ...fields,
  });
}

const persona = (id: string, name: string) => ({ kind: 'persona', id, name });
const REPLY = { threadId: 'msg_1', replyTo: 'msg_1' };

export const MESSAGES = [
  message('msg_1', {
    author: { kind: 'system', id: 'continuum', name: 'Continuum' },
    text: '**Search orders by customer** reviewed: 2 findings, 1 withheld, 128 lines in 4 files.',
    ...{ source: { kind: 'system', repo: 'acme/shop', pr: 41 }, reviewId: 'rev_1', at: minutesAgo(41) },
  }),
  message('msg_2', {
    ...{ author: persona('security-ai', 'Security AI'), text: 'as a card', findingId: INJECTION.id, ...REPLY },
    ...{ source: { kind: 'github', url: `${PR}#discussion_r1`, externalId: 'r1' }, at: minutesAgo(40) },
  }),
  message('msg_3', {
    ...{ author: persona('security-ai', 'Security AI'), text: 'as a card', findingId: SECRET.id, ...REPLY },
    at: minutesAgo(39),
  }),
  message('msg_4', {
    ...{ author: ANNA, text: 'Good catch, revoked. @security-ai is the old one in `deploy/` gone too?' },
    ...{ threadId: 'msg_1', replyTo: 'msg_3', findingId: SECRET.id, at: minutesAgo(31) },
  }),
  message('msg_5', { author: MALLORY, text: `Hello ${HOSTILE}\n\n\`\`\`js\neval(1)\n\`\`\``, at: minutesAgo(5) }),
];

const REMEMBERED = { rule: 'ast/js-path-traversal', category: 'security', severity: 'medium', confidence: 0.7 };

export const MEMORY = Memory.parse({
  ...{ id: 'mem_1', kind: 'correction', verdict: 'decline', repo: 'acme/shop', scope: '/security/', author: ANNA },
  finding: { ...REMEMBERED, path: 'src/files/read.ts', evidence: 'readFile(join(ROOT, name))', facts: FACTS },
  ...{ reason: 'names come from our own manifest, never from outside', weight: 1, state: 'active' },
  ...{ fingerprint: WITHHELD.fingerprint, source: { kind: 'github', url: PR }, at: minutesAgo(3000) },
});

function example(id: string, author: typeof ANNA | typeof MALLORY, state: string): TrainingExample {
  return TrainingExample.parse({
    ...{ id, signal: 'correction', quality: 'critical', priority: 1, scope: '/security/', spanHash: id, state },
    messages: [
      { role: 'user', content: 'File name from a parameter in src/files/read.ts' },
      { role: 'assistant', content: 'Not raised: names come from our own manifest.' },
    ],
    preference: {
      ...{ prompt: [{ role: 'user', content: 'Review src/files/read.ts' }], rejected: 'Path traversal at line 8.' },
      chosen: state === 'active' ? 'Nothing to raise: names come from our own manifest.' : 'All secrets are fine here.',
    },
    provenance: {
      ...{ author, permission: state === 'active' ? 'write' : 'none', source: { kind: 'github', url: PR } },
      ...{ repo: 'acme/shop', messageIds: ['msg_4'], consent: 'default' },
    },
    at: minutesAgo(20),
  });
}

export const EXAMPLE = example('ex_1', ANNA, 'active');
export const QUARANTINED = example('ex_2', MALLORY, 'quarantined');

/** A small team's afternoon: one review, three findings, a conversation, a correction and one that waits. */
export async function seed(store: Store): Promise<void> {
  const room = { id: 'dev-updates', title: 'Development updates', scope: '/', at: minutesAgo(5000) };
  await store.rooms.upsert(Room.parse(room));
  await store.rooms.upsert(Room.parse({ ...room, id: 'security', title: 'Security' }));
  await store.reviews.begin(REVIEW);
  await store.reviews.finish(REVIEW, [INJECTION, SECRET, WITHHELD]);
  for (const each of MESSAGES) await store.rooms.addMessage(each);
  await store.rooms.addReaction({ messageId: MessageId.parse('msg_3'), author: ANNA, emoji: '👍', at: minutesAgo(30) });
  const inSlack = { kind: 'slack' as const, externalId: 'C1:1.2', url: 'https://acme.slack.com/archives/C1/p12' };
  await store.views.linkMessage({ messageId: MessageId.parse('msg_4'), ...inSlack });
  await store.learning.addMemory(MEMORY);
  await store.learning.addExample(EXAMPLE);
  await store.learning.addExample(QUARANTINED);
}
