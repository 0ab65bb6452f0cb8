import * as vscode from 'vscode';

const SECTION = 'continuum';
const TOKEN = 'continuum.token';

/** Address of the server, without a slash at its end. */
export function serverUrl(): string {
  return read<string>('serverUrl', 'http://127.0.0.1:4000').replace(/\/+$/, '');
}

/** `owner/name` that was set for a file; empty when none was. */
export function repositorySetting(uri: vscode.Uri): string {
  return vscode.workspace.getConfiguration(SECTION, uri).get<string>('repository', '').trim();
}

/** Are files reviewed when they are opened? */
export function reviewsOnOpen(uri: vscode.Uri): boolean {
  return vscode.workspace.getConfiguration(SECTION, uri).get('reviewOnOpen', false);
}

/** The room that the panel shows. */
export function roomId(): string {
  return read<string>('room', 'dev-updates');
}

/** Who enters scopes. */
export function personaId(): string {
  return read<string>('persona', 'security-ai');
}

/** Under which name the person speaks; asks once and keeps the answer. Undefined when nobody says. */
export async function authorName(): Promise<string | undefined> {
  const known = read<string>('author', '').trim();
  if (known !== '') return known;
  const given = await vscode.window.showInputBox({
    title: 'Continuum',
    prompt: 'Your login on the code host: what you say and correct counts under it.',
    ignoreFocusOut: true,
  });
  const name = given?.trim() ?? '';
  if (name === '') return undefined;
  await vscode.workspace.getConfiguration(SECTION).update('author', name, vscode.ConfigurationTarget.Global);
  return name;
}

/** The token of the server, kept where the editor keeps secrets. */
export function readToken(secrets: vscode.SecretStorage): Thenable<string | undefined> {
  return secrets.get(TOKEN);
}

/** Asks for the token and keeps it; nothing at all removes it. */
export async function askToken(secrets: vscode.SecretStorage): Promise<void> {
  const given = await vscode.window.showInputBox({
    title: 'Continuum',
    prompt: `CONTINUUM_TOKEN of ${serverUrl()}; empty to forget it`,
    password: true,
    ignoreFocusOut: true,
  });
  if (given === undefined) return;
  if (given.trim() === '') await secrets.delete(TOKEN);
  else await secrets.store(TOKEN, given.trim());
}

function read<T>(name: string, otherwise: T): T {
  return vscode.workspace.getConfiguration(SECTION).get<T>(name, otherwise);
}
