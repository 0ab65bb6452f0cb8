import { SourceName } from '@continuum/contract/source';
import { CLAIM_MS } from '@continuum/room/handshake';
import type { PersonaRuntime } from '../runtime.ts';
import type { Asked, CommandWord } from './command-word.ts';

const SYSTEM = { caller: { kind: 'system', id: 'persona-daemon' } } as const;
const LOGIN = /^@?([A-Za-z0-9](?:[A-Za-z0-9-]{0,38}))$/;

/**
 * `link`: the same person on two sources. In a chat they say which login is theirs and get a code; on the code host that login
 * says the code. Only who is on both sides can do both.
 */
export const link: CommandWord = {
  words: 'link',
  usage: 'link <login>',
  summary: 'makes you known here under your login on GitHub, once you say the code I give you there.',
  obey: (runtime, asked) => (asked.message.source.kind === 'github' ? prove(runtime, asked) : claim(runtime, asked)),
};

/** `unlink`: takes that back. */
export const unlink: CommandWord = {
  words: 'unlink',
  usage: 'unlink',
  summary: 'forgets under which login you are known here.',
  async obey({ store }, { author, message }) {
    const people = await store.views.people();
    const here = people.filter(({ kind, person }) => kind === message.source.kind && person === author.id);
    for (const { kind, externalId } of here) await store.views.unlinkPerson(kind, externalId);
    return here.length === 0 ? 'You are known here under no other name.' : `You are no longer ${author.id} here.`;
  },
};

async function prove({ commands }: PersonaRuntime, { rest, author }: Asked): Promise<string> {
  const said = { kind: 'github', login: author.id, code: rest.slice(0, 100) || '-' } as const;
  const { kind, person } = await commands.execute('people/prove', said, SYSTEM);
  return `You are known as ${person} on ${kind} too, from now on: what you teach there counts as yours.`;
}

async function claim({ commands }: PersonaRuntime, { rest, author, message }: Asked): Promise<string> {
  const { kind } = message.source;
  const own = `${kind}:`;
  if (!author.id.startsWith(own)) return `You are known as ${author.id} here already.`;
  const [, person] = LOGIN.exec(rest) ?? [];
  if (person === undefined) return 'Name your login on GitHub: `link ada`.';
  const claimed = { kind: SourceName.parse(kind), externalId: author.id.slice(own.length), person };
  const { code } = await commands.execute('people/claim', claimed, SYSTEM);
  return `If you are ${person} on GitHub, comment on any pull request there within ${CLAIM_MS / 60_000} minutes: \`@continuum link ${code}\``;
}
