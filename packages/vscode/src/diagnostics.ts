import type { Finding } from '@continuum/contract/finding';
import * as vscode from 'vscode';
import { type Mark, markOf, spanOf } from './marks.ts';
import type { Placed, Reviews } from './reviews.ts';

const SEVERITIES: Readonly<Record<Mark, vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
  hint: vscode.DiagnosticSeverity.Hint,
};

/** Shows the findings of documents as squiggles, for as long as the answer lives. */
export function showDiagnostics(reviews: Reviews): vscode.Disposable {
  const collection = vscode.languages.createDiagnosticCollection('continuum');
  const listener = reviews.onDidChange((document) => {
    const text = document.getText().split(/\r?\n/);
    collection.set(
      document.uri,
      reviews.of(document).map((placed) => toDiagnostic(placed, text)),
    );
  });
  return vscode.Disposable.from(collection, listener);
}

/** Where a finding stands in a text. */
export function rangeOf({ finding, lines }: Placed, text: readonly string[]): vscode.Range {
  const span = spanOf({ evidence: finding.evidence, line: lines.start + 1, endLine: lines.end + 1 }, text);
  return new vscode.Range(span.startLine, span.startColumn, span.endLine, span.endColumn);
}

function toDiagnostic(placed: Placed, text: readonly string[]): vscode.Diagnostic {
  const { finding } = placed;
  const message = `${finding.title}. ${plain(finding.message)}`;
  const diagnostic = new vscode.Diagnostic(rangeOf(placed, text), message, SEVERITIES[markOf(finding.severity)]);
  diagnostic.source = 'Continuum';
  diagnostic.code = codeOf(finding);
  return diagnostic;
}

function codeOf({ rule, references }: Finding): NonNullable<vscode.Diagnostic['code']> {
  const target = references.find((address) => /^https?:\/\//.test(address));
  return target === undefined ? rule : { value: rule, target: vscode.Uri.parse(target) };
}

/** Squiggles show text as it is: marks of code would stand in it. */
function plain(text: string): string {
  return text.replaceAll('`', '');
}
