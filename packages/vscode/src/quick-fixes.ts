import * as vscode from 'vscode';
import type { Placed, Reviews } from './reviews.ts';

export const COMMANDS = {
  applied: 'continuum.applied',
  right: 'continuum.right',
  wrong: 'continuum.wrong',
  ask: 'continuum.ask',
} as const;

/** What the commands of a quick fix are told. */
export interface About {
  readonly uri: string;
  readonly findingId: string;
}

/** A suggestion that was just put in. */
export interface AppliedSuggestion extends About {
  /** First of its lines, from 0. */
  readonly startLine: number;
  readonly replacement: string;
  readonly original: string;
}

/** For each finding: take the suggestion, say that it is right, that it is wrong here and why, or ask. */
export function quickFixes(reviews: Reviews): vscode.CodeActionProvider {
  return {
    provideCodeActions(document, range) {
      return reviews.at(document, range).flatMap((placed) => actionsFor(document, placed));
    },
  };
}

function actionsFor(document: vscode.TextDocument, placed: Placed): vscode.CodeAction[] {
  const { title, id: findingId } = placed.finding;
  const about: About = { uri: document.uri.toString(), findingId };
  const says: readonly (readonly [string, string])[] = [
    [`Wrong here: say why… (${title})`, COMMANDS.wrong],
    [`Right (${title})`, COMMANDS.right],
    [`Why? Ask in the room (${title})`, COMMANDS.ask],
  ];
  return [
    ...applyAction(document, placed, about),
    ...says.map(([words, command]) => {
      const action = new vscode.CodeAction(words, vscode.CodeActionKind.QuickFix);
      action.command = { title: words, command, arguments: [about] };
      return action;
    }),
  ];
}

function applyAction(document: vscode.TextDocument, { finding, lines }: Placed, about: About): vscode.CodeAction[] {
  const { suggestion, line, title } = finding;
  if (suggestion === undefined) return [];
  const moved = lines.start - (line - 1);
  const [startLine, endLine] = [suggestion.startLine - 1 + moved, suggestion.endLine - 1 + moved];
  if (startLine < 0 || endLine >= document.lineCount) return [];
  const range = new vscode.Range(startLine, 0, endLine, document.lineAt(endLine).text.length);
  const original = document.getText(range);
  // Somebody has been at these lines: what was suggested for them no longer fits.
  if (!squeeze(original).includes(squeeze(finding.evidence))) return [];
  const action = new vscode.CodeAction(`Apply the suggestion (${title})`, vscode.CodeActionKind.QuickFix);
  action.isPreferred = true;
  action.edit = new vscode.WorkspaceEdit();
  action.edit.replace(document.uri, range, suggestion.replacement);
  const applied: AppliedSuggestion = { ...about, startLine, original, replacement: suggestion.replacement };
  action.command = { title: action.title, command: COMMANDS.applied, arguments: [applied] };
  return [action];
}

function squeeze(text: string): string {
  return text.replaceAll(/\s+/g, '');
}
