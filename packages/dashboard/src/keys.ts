import { signal } from '@preact/signals';

export const helpOpen = signal(false);

export const KEYS = [
  ['j', 'next message or finding'],
  ['k', 'previous message or finding'],
  ['o', 'open or close a finding'],
  ['r', 'reply'],
  ['y', 'thumbs up'],
  ['n', 'thumbs down'],
  ['c', 'correct: say why it is wrong'],
  ['w', 'why was it posted or withheld?'],
  ['m', 'write a message'],
  ['g', 'go to the next view'],
  ['?', 'this help'],
] as const;

const ACTIONS: Readonly<Record<string, string>> = { o: 'open', r: 'reply', y: 'up', n: 'down', c: 'correct', w: 'why' };

/** One-key commands everywhere but in fields and dialogs. Items and their buttons carry `data-item` and `data-action`. */
export function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (!onPlainKey(event.key)) return;
  event.preventDefault();
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select, dialog') !== null;
}

function onPlainKey(key: string): boolean {
  if (key === '?') helpOpen.value = true;
  else if (key === 'j' || key === 'k') move(key === 'j' ? 1 : -1);
  else if (key === 'm') document.querySelector<HTMLElement>('[data-composer]')?.focus();
  else if (key === 'g') nextView();
  else if (ACTIONS[key] !== undefined) act(ACTIONS[key]);
  else return false;
  return true;
}

function items(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('[data-item]')];
}

function current(): HTMLElement | undefined {
  return document.activeElement?.closest<HTMLElement>('[data-item]') ?? undefined;
}

function move(step: number): void {
  const all = items();
  const here = current();
  const at = here === undefined ? -1 : all.indexOf(here);
  const next = at === -1 ? (step > 0 ? all[0] : all.at(-1)) : all[at + step];
  if (next === undefined) return;
  // Items are reached by j and k; the Tab key goes to their buttons.
  next.tabIndex = -1;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: 'nearest' });
}

function act(action: string): void {
  const item = current() ?? items().at(-1);
  if (item === undefined || click(item, action)) return;
  // A closed finding has its buttons once it is open.
  if (click(item, 'open')) whenShown(() => click(item, action));
}

function click(item: HTMLElement, action: string): boolean {
  const button = item.querySelector<HTMLElement>(`[data-action="${action}"]`);
  button?.click();
  return button !== null;
}

const MOST_FRAMES = 30;

/** Tries at each frame until it succeeds or the page had time enough to render. */
function whenShown(attempt: () => boolean, frames = MOST_FRAMES): void {
  requestAnimationFrame(() => {
    if (!attempt() && frames > 0) whenShown(attempt, frames - 1);
  });
}

function nextView(): void {
  const links = [...document.querySelectorAll<HTMLAnchorElement>('[data-view]')];
  const at = links.findIndex((link) => link.getAttribute('aria-current') === 'page');
  links[(at + 1) % links.length]?.click();
}
