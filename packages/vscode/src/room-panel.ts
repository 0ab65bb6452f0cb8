import * as vscode from 'vscode';
import { type Client, ServerError } from './client.ts';
import type { Connection } from './connection.ts';
import { type FromPanel, readFromPanel, type ToPanel } from './panel-messages.ts';
import type { LiveEvent } from './server-sent-events.ts';
import { authorName, roomId, serverUrl } from './settings.ts';
import { toThreads } from './threads.ts';

/** A burst of events is one fetch, in ms. */
const SETTLE_MS = 80;

/** The room beside the code: its threads, live, and a box to answer in. */
export class RoomPanel implements vscode.WebviewViewProvider, vscode.Disposable {
  readonly #client: Client;
  readonly #connection: Connection;
  readonly #folder: vscode.Uri;
  #view: vscode.WebviewView | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: Client, connection: Connection, extension: vscode.Uri) {
    this.#client = client;
    this.#connection = connection;
    this.#folder = vscode.Uri.joinPath(extension, 'dist');
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    this.#view = view;
    view.webview.options = { enableScripts: true, localResourceRoots: [this.#folder] };
    view.webview.html = page(view.webview, this.#folder);
    view.webview.onDidReceiveMessage((value: unknown) => this.#hear(readFromPanel(value)));
    view.onDidDispose(() => {
      this.#view = undefined;
    });
    view.onDidChangeVisibility(() => this.refresh());
  }

  onEvent({ name, payload }: LiveEvent): void {
    if (name === 'room:message' && payload.roomId === roomId()) this.refresh();
    if (name === 'room:reaction') this.refresh();
  }

  /** Shows the room as it is now, soon. */
  refresh(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#load(), SETTLE_MS);
  }

  async #load(): Promise<void> {
    if (this.#view?.visible !== true) return;
    const online = this.#connection.state === 'online';
    this.#post({ type: 'state', online, text: online ? '' : `No server answers at ${serverUrl()}.` });
    if (!online) return;
    try {
      const threads = toThreads(await this.#client.messages(roomId()));
      this.#post({ type: 'room', title: roomId(), threads });
    } catch (error) {
      if (!this.#connection.note(error)) this.#post({ type: 'state', online: false, text: describe(error) });
    }
  }

  async #hear(message: FromPanel | undefined): Promise<void> {
    if (message === undefined) return;
    if (message.type === 'ready') return this.refresh();
    const author = await authorName();
    if (author === undefined) return;
    const { text, replyTo } = message;
    try {
      await this.#client.say(roomId(), { author, text, ...(replyTo === undefined ? {} : { replyTo }) });
    } catch (error) {
      this.#connection.note(error);
      void vscode.window.showWarningMessage(`Continuum did not hear it: ${describe(error)}`);
    }
    this.refresh();
  }

  #post(message: ToPanel): void {
    void this.#view?.webview.postMessage(message);
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }
}

function describe(error: unknown): string {
  return error instanceof ServerError ? [error.message, error.next].join(' ') : 'no server answers.';
}

/** Nothing is allowed but our own script and style. */
function page(webview: vscode.Webview, folder: vscode.Uri): string {
  const at = (file: string): string => webview.asWebviewUri(vscode.Uri.joinPath(folder, file)).toString();
  const nonce = crypto.randomUUID();
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${at('room.css')}">
<title>Room</title>
</head>
<body>
<p id="state" role="status" hidden></p>
<main id="threads" aria-live="polite"></main>
<form id="composer">
<p id="answering" hidden><span></span><button type="button" aria-label="Answer nobody">×</button></p>
<textarea id="text" rows="2" aria-label="Message" placeholder="Say something…"></textarea>
<button type="submit">Send</button>
</form>
<script nonce="${nonce}" src="${at('room.js')}"></script>
</body>
</html>`;
}
