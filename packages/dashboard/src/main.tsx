import { effect } from '@preact/signals';
import { render } from 'preact';
import { attempt, loadFrame, loadView } from './actions.ts';
import { App } from './app.tsx';
import { onEvent } from './events.ts';
import { onKey } from './keys.ts';
import { follow } from './live.ts';
import { route } from './route.ts';
import { token } from './session.ts';

const root = document.getElementById('app');
if (root === null) throw new Error('index.html has no #app');
render(<App />, root);
addEventListener('keydown', onKey);

// A new token or another address: load again what is shown.
effect(() => {
  void token.value;
  void attempt(loadFrame);
});
effect(() => {
  void token.value;
  void route.value;
  void attempt(loadView);
});
void follow(onEvent, () => {
  void attempt(loadFrame);
  void attempt(loadView);
});
