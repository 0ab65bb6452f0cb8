import { createHash } from 'node:crypto';
import { SourceName } from '@continuum/contract/source';
import { codeSpan, escapeLine } from '@continuum/room/escape';
import { z } from 'zod';
import type { PersonaRuntime } from '../runtime.ts';
import type { Asked, CommandWord } from './command-word.ts';

/** How long a code waits for whoever it names, in ms. */
const GOOD_MS = 7 * 24 * 3_600_000;
const Login = z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})$/);
const Code = z.string().regex(/^[0-9a-f]{12}$/);
const Claim = z.object({
  kind: SourceName,
  externalId: z.string().min(1).max(200),
  name: z.string(),
  login: Login,
});
type Claim = z.infer<typeof Claim>;

/**
 * `link`: somebody in a chat is somebody on the code host. Whoever could say so alone could teach with another's rights: the
 * chat names the login, and that login confirms it on the code host with the code that the chat was given. The code is no
 * secret, it only names the claim.
 */
export const link: CommandWord = {
  words: 'link',
  usage: 'link <login>',
  summary: 'makes you teach under your login on the code host; a comment there confirms it.',
  obey: (runtime, asked) => (asked.message.source.kind === 'github' ? confirm(runtime, asked) : claim(runtime, asked)),
};

/** `unlink`: takes that back. */
export const unlink: CommandWord = {
  words: 'unlink',
  usage: 'unlink',
  summary: 'forgets under which login you teach from here.',
  async obey({ store }, { author, message }) {
    const here = (await store.views.people()).filter(
      ({ kind, person }) => kind === message.source.kind && person === author.id,
    );
    for (const { kind, externalId } of here) await store.views.unlinkPerson(kind, externalId);
    return here.length === 0 ? 'Nobody is linked to you here.' : `You are no longer ${codeSpan(author.id)} here.`;
  },
};

async function claim({ store, now }: PersonaRuntime, { rest, author, message }: Asked): Promise<string> {
  const login = Login.safeParse(rest.replace(/^@/, '')).data;
  if (login === undefined) return 'Say your login on the code host: `link ada`.';
  const kind = SourceName.safeParse(message.source.kind).data;
  if (kind === undefined || !author.id.startsWith(`${kind}:`)) {
    return `You are ${codeSpan(author.id)} here already; \`unlink\` takes that back.`;
  }
  const given: Claim = { kind, externalId: author.id.slice(kind.length + 1), name: author.name, login };
  const code = createHash('sha256').update(message.id).digest('hex').slice(0, 12);
  await store.values.set(`link:${code}`, given, new Date(now().getTime() + GOOD_MS));
  return `To show that you are ${codeSpan(login)}, write this comment on any pull request of ours as that login: \`@continuum link ${code}\``;
}

async function confirm({ store, now }: PersonaRuntime, { rest, author }: Asked): Promise<string> {
  const code = Code.safeParse(rest).data;
  const given = code === undefined ? undefined : Claim.safeParse(await store.values.get(`link:${code}`)).data;
  if (given === undefined) return 'I know no such code: ask for one in the chat, with `/continuum link <your login>`.';
  if (given.login.toLowerCase() !== author.id.toLowerCase()) {
    return `That code is for ${codeSpan(given.login)}, and you are ${codeSpan(author.id)}.`;
  }
  const { kind, externalId, name } = given;
  await store.views.linkPerson({
    kind,
    externalId,
    person: author.id,
    by: `github:${author.id}`,
    at: now().toISOString(),
  });
  await store.audit.record({
    actor: `person:${author.id}`,
    action: 'people/link',
    subject: `${kind}:${externalId}`,
    detail: { person: author.id },
  });
  return `From now on ${escapeLine(name)} in ${kind} teaches as ${codeSpan(author.id)}.`;
}
