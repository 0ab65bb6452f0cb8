import * as vscode from 'vscode';
import type { FileQuestion } from './client.ts';
import { localRepository, repositoryOf } from './repository.ts';
import { repositorySetting } from './settings.ts';

/** Larger files are nobody's handwriting, and the server takes no larger ones. */
const LONGEST_TEXT = 1_000_000;

const remotes = new Map<string, Promise<string | undefined>>();

/** What the server is asked about a document; undefined for one that is in no folder of the workspace, or too long. */
export async function questionOf(document: vscode.TextDocument): Promise<FileQuestion | undefined> {
  const folder = vscode.workspace.getWorkspaceFolder(document.uri);
  const text = document.getText();
  if (folder === undefined || text.length > LONGEST_TEXT) return undefined;
  const path = document.uri.path.slice(folder.uri.path.length).replace(/^\//, '');
  const repo = repositorySetting(document.uri) || ((await remoteOf(folder)) ?? localRepository(folder.name));
  return { repo, path, text, languageId: document.languageId };
}

/** Read once a folder: remotes hardly ever change while it is open. */
function remoteOf(folder: vscode.WorkspaceFolder): Promise<string | undefined> {
  const key = folder.uri.toString();
  const known = remotes.get(key) ?? readRemote(folder.uri);
  remotes.set(key, known);
  return known;
}

async function readRemote(folder: vscode.Uri): Promise<string | undefined> {
  try {
    const bytes = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder, '.git', 'config'));
    return repositoryOf(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
