import type { CommandOutput } from '@continuum/contract/command';
import { ContinuumError } from '@continuum/contract/errors';
import { ScopeId } from '@continuum/contract/ids';
import type { PersonaDefinition } from '@continuum/contract/persona';
import { scopeChain } from '@continuum/genome/scopes';
import { codeSpan, escapeLine } from '@continuum/room/escape';
import { mostExpert } from '../answering/ask.ts';
import type { PersonaRuntime } from '../runtime.ts';
import { assertMayChange } from './authority.ts';
import type { Asked, CommandWord } from './command-word.ts';

const CALLER = { caller: { kind: 'system', id: 'persona-daemon' } } as const;

/** `scope enter`: a persona takes the expertise of a scope and of those above it along, and says what that is (GEN-2). */
export const scopeEnter: CommandWord = {
  words: 'scope enter',
  usage: 'scope enter <scope> [persona]',
  summary: "loads a scope's corrections and layers for a persona, and says what was loaded.",
  async obey(runtime, asked) {
    const [name = '', who] = asked.rest.split(/\s+/);
    const scope = scopeNamed(runtime, name);
    await assertMayChange(runtime, asked);
    const persona = personaNamed(runtime, who, asked, scope);
    return entered(persona, await runtime.commands.execute('scope/enter', { persona: persona.id, scope }, CALLER));
  },
};

/** `scope leave`: a persona lets go of what it took along. */
export const scopeLeave: CommandWord = {
  words: 'scope leave',
  usage: 'scope leave [persona]',
  summary: 'releases what a persona holds for its scope.',
  async obey(runtime, asked) {
    await assertMayChange(runtime, asked);
    const [who] = asked.rest.split(/\s+/).filter((word) => word !== '');
    const leaving =
      who === undefined && asked.persona === undefined ? runtime.personas : [personaNamed(runtime, who, asked)];
    const lines: string[] = [];
    for (const { id, name } of leaving) {
      const { released } = await runtime.commands.execute('scope/leave', { persona: id }, CALLER);
      lines.push(`**${escapeLine(name)}** left its scope; ${counted(released.length, 'layer')} released.`);
    }
    return lines.join('\n\n');
  },
};

/** `/Security`, `security` and `/security/` are one. Throws NOT_FOUND with the scopes that there are. */
function scopeNamed({ scopes }: PersonaRuntime, name: string): ScopeId {
  const path = `/${name.toLowerCase().replaceAll(/^\/+|\/+$/g, '')}/`.replace('//', '/');
  const scope = ScopeId.safeParse(path).data;
  const known = scopes.find(({ id }) => id === scope);
  if (known !== undefined) return known.id;
  throw new ContinuumError('NOT_FOUND', `there is no scope ${JSON.stringify(name.slice(0, 100))}`, {
    next: `There are: ${scopes.map(({ id }) => id).join(', ')}.`,
  });
}

/** The persona that is named, else the one that was asked, else the one who knows most about the scope. Throws NOT_FOUND. */
function personaNamed(
  { personas }: PersonaRuntime,
  name: string | undefined,
  asked: Asked,
  scope?: ScopeId,
): PersonaDefinition {
  const id = name?.replace(/^@/, '').toLowerCase();
  if (id === undefined || id === '') {
    return asked.persona ?? mostExpert(personas, '', scope === undefined ? [] : scopeChain(scope));
  }
  const persona = personas.find((each) => each.id === id);
  if (persona !== undefined) return persona;
  throw new ContinuumError('NOT_FOUND', `there is no persona ${JSON.stringify(id.slice(0, 100))}`, {
    next: `There are: ${personas.map((each) => each.id).join(', ')}.`,
  });
}

function entered({ name, id }: PersonaDefinition, loaded: CommandOutput<'scope/enter'>): string {
  const { scope, chain, memories, layers } = loaded;
  const above = chain.filter((each) => each !== scope);
  const ancestors = above.length === 0 ? '' : ` and above it ${above.map(codeSpan).join(', ')}`;
  const held =
    layers.length === 0 ? 'no layer yet' : `${counted(layers.length, 'layer')} (${layers.map(codeSpan).join(', ')})`;
  const first = `**${escapeLine(name)}** entered ${codeSpan(scope)}: ${counted(memories, 'correction')} of it${ancestors}, ${held}.`;
  return `${first}\n\n${codeSpan(`@continuum scope leave ${id}`)} lets go of it.`;
}

function counted(count: number, one: string): string {
  return `${count} ${count === 1 ? one : `${one}s`}`;
}
