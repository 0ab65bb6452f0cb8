import type { CommandOutput } from '@continuum/contract/command';
import type { PersonaDefinition, ScopeDefinition } from '@continuum/contract/persona';
import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { attempt } from '../actions.ts';
import { api } from '../api.ts';
import { memories, personas, scopes } from '../state.ts';

/** The regions of the code base, what was learned in each, and who works there. */
export function ScopesView() {
  const list = scopes.value?.toSorted((a, b) => a.id.localeCompare(b.id));
  return (
    <div class="page">
      <header class="page-head">
        <h1>Scopes</h1>
        <p class="muted">Expertise belongs to a part of the code base. Whoever enters it has it.</p>
      </header>
      {list?.length === 0 && (
        <p class="empty">
          No scopes are defined. Add a file such as <code>scopes/security/scope.json</code> and start again.
        </p>
      )}
      <ol class="scope-list">
        {list?.map((scope) => (
          <ScopeRow key={scope.id} scope={scope} />
        ))}
      </ol>
      <section class="section">
        <h2>Teammates</h2>
        <ul class="cards">
          {personas.value.map((persona) => (
            <PersonaCard key={persona.id} persona={persona} />
          ))}
        </ul>
      </section>
    </div>
  );
}

function ScopeRow({ scope }: { readonly scope: ScopeDefinition }) {
  const learned =
    memories.value?.filter((memory) => memory.state === 'active' && memory.scope === scope.id).length ?? 0;
  const depth = Math.max(0, scope.id.split('/').length - 2);
  return (
    <li data-item class="scope" style={{ marginInlineStart: `${depth * 20}px` }}>
      <div class="learned-body">
        <p>
          <code class="scope-id">{scope.id}</code> {scope.description}
        </p>
        <p class="muted">
          {scope.paths.map((path) => (
            <code key={path}>{path}</code>
          ))}
          {scope.categories.length > 0 && `and everything about ${scope.categories.join(', ')}`}
        </p>
        <p class="provenance">
          {learned === 0 ? 'nothing learned yet' : `${learned} ${learned === 1 ? 'memory' : 'memories'}`}
        </p>
      </div>
      <Enter scope={scope} />
    </li>
  );
}

function Enter({ scope }: { readonly scope: ScopeDefinition }) {
  const id = useId();
  const entered = useSignal<CommandOutput<'scope/enter'> | undefined>(undefined);
  const enter = async (persona: string) => {
    if (persona !== '') entered.value = await attempt(() => api.enterScope(persona, scope.id));
  };
  const loaded = entered.value;
  return (
    <div class="enter">
      <label class="hidden" for={id}>
        Who enters {scope.id}
      </label>
      <select id={id} onChange={(event) => enter(event.currentTarget.value)}>
        <option value="">Enter as…</option>
        {personas.value.map((persona) => (
          <option key={persona.id} value={persona.id}>
            {persona.emoji} {persona.name}
          </option>
        ))}
      </select>
      {loaded !== undefined && (
        <p class="provenance" role="status">
          {loaded.memories} memories, {loaded.layers.length} layers, through {loaded.chain.join(' → ')}
        </p>
      )}
    </div>
  );
}

function PersonaCard({ persona }: { readonly persona: PersonaDefinition }) {
  return (
    <li class="card persona-card">
      <h3>
        <span class="avatar" aria-hidden="true">
          {persona.emoji}
        </span>{' '}
        {persona.name}
      </h3>
      <p>{persona.description}</p>
      <p class="muted">
        {[...new Set(persona.skills.flatMap((skill) => skill.categories))].join(', ')}
        {persona.usesModel && ', with a language model when one is set'}
      </p>
    </li>
  );
}
