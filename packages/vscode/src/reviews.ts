import type { Finding } from '@continuum/contract/finding';
import * as vscode from 'vscode';
import type { Client } from './client.ts';
import type { Connection } from './connection.ts';
import { questionOf } from './files.ts';
import { follow, type Lines } from './lines.ts';
import { isShown } from './marks.ts';

/** A finding and the lines where it stands now. */
export interface Placed {
  readonly finding: Finding;
  readonly lines: Lines;
}

/** What the server finds in the documents that are open, kept at its lines while people type. */
export class Reviews implements vscode.Disposable {
  readonly #client: Client;
  readonly #connection: Connection;
  readonly #placed = new Map<string, readonly Placed[]>();
  /** Changes since a document was sent, whose answer speaks of it as it was. */
  readonly #since = new Map<string, vscode.TextDocumentContentChangeEvent[]>();
  readonly #missed = new Set<string>();
  readonly #changed = new vscode.EventEmitter<vscode.TextDocument>();
  /** Its findings are others now. */
  readonly onDidChange = this.#changed.event;

  constructor(client: Client, connection: Connection) {
    this.#client = client;
    this.#connection = connection;
  }

  of(document: vscode.TextDocument): readonly Placed[] {
    return this.#placed.get(document.uri.toString()) ?? [];
  }

  /** The findings whose lines a range touches. */
  at(document: vscode.TextDocument, range: vscode.Range): readonly Placed[] {
    return this.of(document).filter(({ lines }) => lines.start <= range.end.line && range.start.line <= lines.end);
  }

  /** Asks the server about a document as it stands; what cannot be asked now is asked when the server is back. */
  async review(document: vscode.TextDocument): Promise<void> {
    const key = document.uri.toString();
    const question = await questionOf(document);
    if (question === undefined) return;
    const since: vscode.TextDocumentContentChangeEvent[] = [];
    this.#since.set(key, since);
    try {
      const { findings } = await this.#client.review(question);
      // Saved again meanwhile: the later answer counts.
      if (this.#since.get(key) === since) this.#place(document, findings.filter(isShown), since);
    } catch (error) {
      if (this.#connection.note(error)) this.#missed.add(key);
    } finally {
      if (this.#since.get(key) === since) this.#since.delete(key);
    }
  }

  #place(
    document: vscode.TextDocument,
    findings: readonly Finding[],
    since: readonly vscode.TextDocumentContentChangeEvent[],
  ): void {
    const placed = findings.map((finding) => ({ finding, lines: after(linesOf(finding), since) }));
    this.#placed.set(document.uri.toString(), placed);
    this.#changed.fire(document);
  }

  /** Follows what people type. */
  onChange({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    const key = document.uri.toString();
    this.#since.get(key)?.push(...contentChanges);
    const placed = this.#placed.get(key);
    if (placed === undefined) return;
    const moved = placed.map(({ finding, lines }) => ({ finding, lines: after(lines, contentChanges) }));
    this.#placed.set(key, moved);
  }

  /** Shows a finding no more, without waiting for the next save. */
  remove(document: vscode.TextDocument, findingId: string): void {
    const left = this.of(document).filter(({ finding }) => finding.id !== findingId);
    this.#placed.set(document.uri.toString(), left);
    this.#changed.fire(document);
  }

  forget(document: vscode.TextDocument): void {
    this.#placed.delete(document.uri.toString());
    this.#changed.fire(document);
  }

  /** Asks about everything that could not be asked while the server was away. */
  async catchUp(): Promise<void> {
    const missed = new Set(this.#missed);
    this.#missed.clear();
    const documents = vscode.workspace.textDocuments.filter(
      ({ uri, isDirty }) => missed.has(uri.toString()) && !isDirty,
    );
    await Promise.all(documents.map((document) => this.review(document)));
  }

  dispose(): void {
    this.#changed.dispose();
  }
}

function linesOf({ line, endLine }: Finding): Lines {
  return { start: line - 1, end: endLine - 1 };
}

function after(lines: Lines, changes: readonly vscode.TextDocumentContentChangeEvent[]): Lines {
  return changes.reduce((at, { range, text }) => follow(at, { start: range.start, end: range.end, text }), lines);
}
