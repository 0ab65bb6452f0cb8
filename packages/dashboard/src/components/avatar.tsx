import type { Author } from '@continuum/contract/room';
import { personaById } from '../state.ts';
import { Icon } from './icon.tsx';

/** A persona's emoji, or a person's first letter on a colour of their own. */
export function Avatar({ author }: { readonly author: Author }) {
  if (author.kind === 'person') {
    return (
      <span class={`avatar person hue-${hue(author.id)}`} aria-hidden="true">
        {[...author.name][0]?.toUpperCase()}
      </span>
    );
  }
  return (
    <span class="avatar" aria-hidden="true">
      {author.kind === 'persona' ? (personaById.value.get(author.id)?.emoji ?? '🤖') : <Icon name="sprout" />}
    </span>
  );
}

function hue(id: string): number {
  return [...id].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 6, 0);
}
