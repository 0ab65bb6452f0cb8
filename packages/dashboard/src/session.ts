import { effect, signal } from '@preact/signals';

const AUTHOR_KEY = 'continuum.author';
const TOKEN_KEY = 'continuum.token';

/** Who writes here: asked once, kept in this browser. */
export const author = signal(localStorage.getItem(AUTHOR_KEY) ?? '');
/** The server's token, kept for this tab only. */
export const token = signal(sessionStorage.getItem(TOKEN_KEY) ?? '');
/** The server wants a token that we do not have. */
export const needsToken = signal(false);
interface Question {
  /** Each question has a dialog of its own: one that was closed and is still on its way out answers no later one. */
  readonly id: number;
  readonly answer: (name: string | undefined) => void;
}

/** The name is asked for before the first action that carries one. */
export const asksName = signal<Question | undefined>(undefined);

effect(() => localStorage.setItem(AUTHOR_KEY, author.value));
effect(() => sessionStorage.setItem(TOKEN_KEY, token.value));

/** The reader changed their mind: nothing happens and nothing is said. */
export class Cancelled extends Error {}

let asked = 0;

/** The author's name, asked for the first time. Throws Cancelled when the reader closes the question. */
export async function whoAmI(): Promise<string> {
  if (author.value !== '') return author.value;
  asked += 1;
  const id = asked;
  const name = await new Promise<string | undefined>((answer) => {
    asksName.value = { id, answer };
  });
  if (asksName.value?.id === id) asksName.value = undefined;
  if (name === undefined) throw new Cancelled();
  author.value = name;
  return name;
}
