import * as vscode from 'vscode';
import { rangeOf } from './diagnostics.ts';
import { whyOf } from './marks.ts';
import type { Reviews } from './reviews.ts';

/** The why of the findings under the pointer, with links to where people said it. */
export function hovers(reviews: Reviews): vscode.HoverProvider {
  return {
    provideHover(document, position) {
      const text = document.getText().split(/\r?\n/);
      const under = reviews.of(document).find((placed) => rangeOf(placed, text).contains(position));
      if (under === undefined) return undefined;
      // Untrusted: no commands, no HTML.
      return new vscode.Hover(new vscode.MarkdownString(whyOf(under.finding)), rangeOf(under, text));
    },
  };
}
