import type { ScopeDefinition } from '@continuum/contract/persona';
import * as vscode from 'vscode';
import type { Client } from './client.ts';
import type { Connection, ConnectionState } from './connection.ts';
import { personaId, serverUrl } from './settings.ts';

const AWAY: Readonly<Record<Exclude<ConnectionState, 'online'>, { text: string; tooltip: string; command: string }>> = {
  connecting: {
    text: '$(sync~spin) Continuum',
    tooltip: 'Looks for the server',
    command: 'continuum.reconnect',
  },
  offline: {
    text: '$(debug-disconnect) Continuum: no server',
    tooltip: 'No server answers. Saves are reviewed when one does. Click to look now.',
    command: 'continuum.reconnect',
  },
  unauthorized: {
    text: '$(key) Continuum: token needed',
    tooltip: 'The server wants its token. Click to set it.',
    command: 'continuum.setToken',
  },
};

/** The status item: whether a server is there, the scope of the file in front, its layers, and who has entered it. */
export class Status implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem('continuum', vscode.StatusBarAlignment.Left, 0);
  readonly #client: Client;
  readonly #connection: Connection;
  #scopes: readonly ScopeDefinition[] = [];
  #entered: string | undefined;
  #layers = 0;
  #turn = 0;

  constructor(client: Client, connection: Connection) {
    this.#client = client;
    this.#connection = connection;
    this.#item.name = 'Continuum';
    this.#item.show();
    void this.refresh();
  }

  /** Reads what it shows from the server anew. */
  async refresh(): Promise<void> {
    const turn = ++this.#turn;
    const { state } = this.#connection;
    if (state !== 'online') return this.#showAway(AWAY[state]);
    try {
      if (this.#scopes.length === 0) this.#scopes = await this.#client.scopes();
      const layers = await this.#client.activeLayers(this.#scope);
      // Another file came to the front meanwhile.
      if (turn !== this.#turn) return;
      this.#layers = layers.length;
      this.#show();
    } catch (error) {
      this.#connection.note(error);
    }
  }

  /** A persona enters the scope of the file in front, or leaves the one that it is in. */
  async toggle(): Promise<void> {
    try {
      if (this.#entered === undefined) {
        const scope = this.#scope;
        const { layers, memories } = await this.#client.enter(personaId(), scope);
        this.#entered = scope;
        const loaded = `${count(layers.length, 'layer')} and ${count(memories, 'correction')}`;
        void vscode.window.showInformationMessage(`${personaId()} entered ${scope} with ${loaded}.`);
      } else {
        await this.#client.leave(personaId());
        this.#entered = undefined;
      }
    } catch (error) {
      if (!this.#connection.note(error) && error instanceof Error) void vscode.window.showWarningMessage(error.message);
    }
    await this.refresh();
  }

  /** Somebody entered or left a scope, here or elsewhere. */
  onPlace(name: string, payload: Readonly<Record<string, unknown>>): void {
    if (payload.persona !== personaId()) return;
    this.#entered = name === 'scope:entered' && typeof payload.scope === 'string' ? payload.scope : undefined;
    void this.refresh();
  }

  /** The narrowest scope whose paths match the file in front. */
  get #scope(): string {
    const document = vscode.window.activeTextEditor?.document;
    const folder = document === undefined ? undefined : vscode.workspace.getWorkspaceFolder(document.uri);
    if (document === undefined || folder === undefined) return '/';
    const matching = this.#scopes.filter(({ paths }) =>
      paths.some((path) => {
        const pattern = new vscode.RelativePattern(folder, path);
        return vscode.languages.match({ pattern, scheme: document.uri.scheme }, document) > 0;
      }),
    );
    return matching.map(({ id }) => String(id)).toSorted((a, b) => b.length - a.length)[0] ?? '/';
  }

  #showAway({ text, tooltip, command }: (typeof AWAY)['offline']): void {
    this.#item.text = text;
    this.#item.tooltip = `${tooltip}\n${serverUrl()}`;
    this.#item.command = command;
  }

  #show(): void {
    const scope = this.#entered ?? this.#scope;
    const icon = this.#entered === undefined ? '$(comment-discussion)' : '$(verified-filled)';
    this.#item.text = `${icon} ${scope} · ${count(this.#layers, 'layer')}`;
    const click =
      this.#entered === undefined ? `Click: ${personaId()} enters it.` : `${personaId()} is in it. Click to leave.`;
    this.#item.tooltip = `Continuum: scope ${scope} with ${count(this.#layers, 'active layer')}. ${click}`;
    this.#item.command = 'continuum.scope';
  }

  dispose(): void {
    this.#item.dispose();
  }
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
