import type { FromPanel, ShownMessage, ToPanel } from '../src/panel-messages.ts';

declare function acquireVsCodeApi(): { postMessage(message: FromPanel): void };

const editor = acquireVsCodeApi();
const threads = element('threads', HTMLElement);
const composer = element('composer', HTMLFormElement);
const text = element('text', HTMLTextAreaElement);
const answering = element('answering', HTMLElement);
const state = element('state', HTMLElement);
let replyTo: string | undefined;

function element<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${id}`);
}

/** `tag.class` with text or children in it. */
function make(tag: string, className: string, ...children: readonly (Node | string)[]): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...children);
  return made;
}

function showMessage({ id, author, kind, html, at, answers }: ShownMessage, isFirst: boolean): HTMLElement {
  const avatar = make('span', `avatar ${kind}`, kind === 'persona' ? '✦' : author.slice(0, 1).toUpperCase());
  avatar.ariaHidden = 'true';
  const time = make('time', '', new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }));
  const body = make('div', 'text');
  // Made by the extension from Markdown whose own HTML is text; the policy of this page runs no script of it either.
  body.innerHTML = html;
  const shown = make('article', 'message', avatar, make('header', '', make('b', '', author), time), body);
  if (!isFirst) return shown;
  const answer = make('button', 'answer', 'Answer');
  answer.addEventListener('click', () => startAnswer(id, author));
  const thread = make('section', 'thread', shown, ...answers.map((each) => showMessage(each, false)), answer);
  thread.dataset.id = id;
  return thread;
}

function startAnswer(id: string | undefined, author = ''): void {
  replyTo = id;
  answering.hidden = id === undefined;
  const [label] = answering.getElementsByTagName('span');
  if (label !== undefined) label.textContent = `Answering ${author}`;
  text.focus();
}

function showRoom(shown: readonly ShownMessage[]): void {
  const isAtEnd = threads.scrollHeight - threads.scrollTop - threads.clientHeight < 40;
  const empty = make('p', 'empty', 'Nothing was said here yet.');
  threads.replaceChildren(...(shown.length === 0 ? [empty] : shown.map((each) => showMessage(each, true))));
  if (isAtEnd) threads.scrollTop = threads.scrollHeight;
}

function showState(online: boolean, words: string): void {
  state.hidden = online;
  state.textContent = words;
  composer.inert = !online;
}

window.addEventListener('message', ({ data }: MessageEvent<ToPanel>) => {
  if (data.type === 'room') showRoom(data.threads);
  if (data.type === 'state') showState(data.online, data.text);
});
composer.addEventListener('submit', (event) => {
  event.preventDefault();
  const words = text.value.trim();
  if (words === '') return;
  editor.postMessage({ type: 'say', text: words, ...(replyTo === undefined ? {} : { replyTo }) });
  text.value = '';
  startAnswer(undefined);
});
text.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  composer.requestSubmit();
});
answering.querySelector('button')?.addEventListener('click', () => startAnswer(undefined));
editor.postMessage({ type: 'ready' });
