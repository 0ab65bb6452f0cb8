import * as vscode from 'vscode';
import { type Applied, afterChanges, outcomeOf } from './applied.ts';
import { type Client, type Learned, ServerError, type Verdict } from './client.ts';
import type { Connection } from './connection.ts';
import { type About, type AppliedSuggestion, COMMANDS } from './quick-fixes.ts';
import type { Reviews } from './reviews.ts';
import { authorName } from './settings.ts';

const SAID: Readonly<Record<Learned, string>> = {
  active: '$(check) Learned: what is alike is judged by it from now on',
  quarantined: '$(watch) Kept: it counts once somebody approves it',
  nothing: '$(circle-slash) Heard, and not learned from',
};
const SHOWN_MS = 5_000;

/** What people do with findings, told to the server. */
export class Feedback implements vscode.Disposable {
  readonly #client: Client;
  readonly #connection: Connection;
  readonly #reviews: Reviews;
  /** Suggestions taken since the last save, by document. */
  readonly #applied = new Map<string, readonly Applied[]>();
  /** What the server has not heard yet, oldest first. */
  readonly #untold: Verdict[] = [];
  /** Documents that the editor is saving by itself. */
  readonly #unasked = new Set<string>();

  constructor(client: Client, connection: Connection, reviews: Reviews) {
    this.#client = client;
    this.#connection = connection;
    this.#reviews = reviews;
  }

  register(): vscode.Disposable {
    const { registerCommand } = vscode.commands;
    return vscode.Disposable.from(
      registerCommand(COMMANDS.applied, (applied: AppliedSuggestion) => this.#remember(applied)),
      registerCommand(COMMANDS.right, (about: About) => this.#judge(about, { action: 'accepted' })),
      registerCommand(COMMANDS.wrong, (about: About) => this.#dismiss(about)),
      registerCommand(COMMANDS.ask, (about: About) => this.#ask(about)),
    );
  }

  #remember({ uri, findingId, startLine, replacement, original }: AppliedSuggestion): void {
    const lines = { start: startLine, end: startLine + replacement.split('\n').length - 1 };
    const others = (this.#applied.get(uri) ?? []).filter((each) => each.findingId !== findingId);
    this.#applied.set(uri, [...others, { findingId, lines, replacement, original }]);
  }

  /** Follows what people type into applied suggestions. */
  onChange({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    const applied = this.#applied.get(document.uri.toString());
    if (applied === undefined) return;
    const changes = contentChanges.map(({ range, text }) => ({ start: range.start, end: range.end, text }));
    this.#applied.set(
      document.uri.toString(),
      applied.map((each) => afterChanges(each, changes)),
    );
  }

  /** The editor saves by itself while people are still at it: such a save says nothing of what they will leave. */
  onWillSave({ document, reason }: vscode.TextDocumentWillSaveEvent): void {
    const key = document.uri.toString();
    if (reason === vscode.TextDocumentSaveReason.AfterDelay) this.#unasked.add(key);
    else this.#unasked.delete(key);
  }

  /** With the save it is known whether somebody took a suggestion as it was. Resolves when the server knows it too. */
  async onSave(document: vscode.TextDocument): Promise<void> {
    if (!this.#unasked.delete(document.uri.toString())) await this.settle(document);
  }

  /** Somebody is done with a document, saved or left: what stands in the place of suggestions now is told. */
  async settle(document: vscode.TextDocument): Promise<void> {
    const uri = document.uri.toString();
    const applied = this.#applied.get(uri) ?? [];
    this.#applied.delete(uri);
    for (const each of applied) {
      const end = Math.min(each.lines.end, document.lineCount - 1);
      const range = new vscode.Range(each.lines.start, 0, end, document.lineAt(end).text.length);
      const outcome = outcomeOf(each, document.getText(range));
      if (outcome.action === 'undone') continue;
      await this.#judgeWhenPossible({ uri, findingId: each.findingId }, outcome);
    }
  }

  /** Nobody waits for an answer to a save: what cannot be told now is told when the server is back. */
  async #judgeWhenPossible({ findingId }: About, verdict: Pick<Verdict, 'action' | 'text'>): Promise<void> {
    const author = await authorName();
    if (author !== undefined) this.#untold.push({ findingId, author, ...verdict });
    await this.tellAll();
  }

  /** Tells what could not be told before, in its order. */
  async tellAll(): Promise<void> {
    const verdicts = this.#untold.splice(0);
    for (const [index, verdict] of verdicts.entries()) {
      try {
        this.#show((await this.#client.judge(verdict)).learned);
      } catch (error) {
        if (!this.#connection.note(error)) continue;
        this.#untold.unshift(...verdicts.slice(index));
        return;
      }
    }
  }

  async #dismiss(about: About): Promise<void> {
    const reason = await vscode.window.showInputBox({
      title: 'Wrong here',
      prompt: 'Say why: it is remembered, and what is alike is not raised again.',
      placeHolder: 'for example: these paths come from our own configuration',
      ignoreFocusOut: true,
    });
    if (reason === undefined) return;
    if (!(await this.#judge(about, { action: 'dismissed', reason: reason.trim() }))) return;
    const document = vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === about.uri);
    if (document !== undefined) this.#reviews.remove(document, about.findingId);
  }

  async #judge({ findingId }: About, verdict: Pick<Verdict, 'action' | 'text' | 'reason'>): Promise<boolean> {
    const author = await authorName();
    if (author === undefined) return false;
    return this.#tell(async () => {
      this.#show((await this.#client.judge({ findingId, author, ...verdict })).learned);
    });
  }

  #show(learned: Learned): void {
    vscode.window.setStatusBarMessage(SAID[learned], SHOWN_MS);
  }

  async #ask({ findingId }: About): Promise<void> {
    const author = await authorName();
    const text = await vscode.window.showInputBox({ title: 'Ask in the room', value: 'Why?', ignoreFocusOut: true });
    if (author === undefined || text === undefined || text.trim() === '') return;
    const said = await this.#tell(() => this.#client.discuss(findingId, { author, text: text.trim() }));
    if (said) await vscode.commands.executeCommand('continuum.room.focus');
  }

  /** False when it could not be told; the person is told so, because what they said would be lost without a word. */
  async #tell(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.#connection.note(error);
      const why = error instanceof ServerError ? [error.message, error.next].join(' ') : 'no server answers.';
      void vscode.window.showWarningMessage(`Continuum did not hear it: ${why}`);
      return false;
    }
  }

  dispose(): void {
    this.#applied.clear();
  }
}
