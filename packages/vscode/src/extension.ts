import * as vscode from 'vscode';
import { createClient } from './client.ts';
import { Connection } from './connection.ts';
import { showDiagnostics } from './diagnostics.ts';
import { Feedback } from './feedback.ts';
import { hovers } from './hover.ts';
import { quickFixes } from './quick-fixes.ts';
import { Reviews } from './reviews.ts';
import { RoomPanel } from './room-panel.ts';
import { askToken, readToken, reviewsOnOpen, serverUrl } from './settings.ts';
import { Status } from './status.ts';

interface Parts {
  readonly connection: Connection;
  readonly reviews: Reviews;
  readonly feedback: Feedback;
  readonly status: Status;
  readonly panel: RoomPanel;
}

/** Called by the editor once, when it has started. */
export function activate(context: vscode.ExtensionContext): void {
  const { secrets, subscriptions, extensionUri } = context;
  const client = createClient(async () => ({ url: serverUrl(), token: await readToken(secrets) }));
  const connection = new Connection(client);
  const reviews = new Reviews(client, connection);
  const parts: Parts = {
    connection,
    reviews,
    feedback: new Feedback(client, connection, reviews),
    status: new Status(client, connection),
    panel: new RoomPanel(client, connection, extensionUri),
  };
  subscriptions.push(...Object.values(parts), showDiagnostics(reviews), ...provide(parts));
  subscriptions.push(...registerCommands(parts, secrets), ...listen(parts), ...followServer(parts, secrets));
  void connection.follow();
}

function provide({ reviews, feedback, panel }: Parts): vscode.Disposable[] {
  const everything: vscode.DocumentSelector = { pattern: '**' };
  const kinds = { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] };
  return [
    feedback.register(),
    vscode.languages.registerCodeActionsProvider(everything, quickFixes(reviews), kinds),
    vscode.languages.registerHoverProvider(everything, hovers(reviews)),
    vscode.window.registerWebviewViewProvider('continuum.room', panel),
  ];
}

function registerCommands({ connection, reviews, status }: Parts, secrets: vscode.SecretStorage): vscode.Disposable[] {
  const { registerCommand } = vscode.commands;
  return [
    registerCommand('continuum.setToken', () => askToken(secrets)),
    registerCommand('continuum.reconnect', () => connection.retry()),
    registerCommand('continuum.scope', () => status.toggle()),
    registerCommand('continuum.openRoom', () => vscode.commands.executeCommand('continuum.room.focus')),
    registerCommand('continuum.review', async () => {
      const document = vscode.window.activeTextEditor?.document;
      if (document !== undefined) await reviews.review(document);
    }),
  ];
}

function listen({ reviews, feedback, status }: Parts): vscode.Disposable[] {
  const { workspace, window } = vscode;
  return [
    workspace.onDidChangeTextDocument((change) => {
      reviews.onChange(change);
      feedback.onChange(change);
    }),
    workspace.onWillSaveTextDocument((saving) => feedback.onWillSave(saving)),
    workspace.onDidSaveTextDocument(async (document) => {
      // First what somebody did: the review is to know it already.
      await feedback.onSave(document);
      await reviews.review(document);
    }),
    workspace.onDidOpenTextDocument((document) => {
      if (reviewsOnOpen(document.uri)) void reviews.review(document);
    }),
    workspace.onDidCloseTextDocument((document) => {
      void feedback.settle(document);
      reviews.forget(document);
    }),
    window.onDidChangeActiveTextEditor((editor) => {
      void status.refresh();
      for (const document of workspace.textDocuments) {
        if (document !== editor?.document && !document.isDirty) void feedback.settle(document);
      }
    }),
  ];
}

function followServer(
  { connection, reviews, feedback, status, panel }: Parts,
  secrets: vscode.SecretStorage,
): vscode.Disposable[] {
  return [
    connection.onDidChange((state) => {
      void status.refresh();
      panel.refresh();
      if (state === 'online') void feedback.tellAll().then(() => reviews.catchUp());
    }),
    connection.onEvent((event) => {
      panel.onEvent(event);
      if (event.name.startsWith('scope:')) status.onPlace(event.name, event.payload);
      if (event.name === 'layer:changed') void status.refresh();
    }),
    secrets.onDidChange(() => connection.retry()),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration('continuum')) connection.retry();
    }),
  ];
}
