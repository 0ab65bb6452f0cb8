import type { Page } from 'playwright-core';
import { vi } from 'vitest';

/** Promised is 2 s; a machine under load gets more, and the measured time is printed. */
const SQUIGGLE_MS = 15_000;
const FOCUS_MS = 30_000;

/** The editor as a person uses it. */
export function person(page: Page) {
  const squiggles = page.locator('.squiggly-error, .squiggly-warning, .squiggly-info');
  return {
    squiggles,
    /** Opens a file of the folder `src`. */
    async open(file: string): Promise<void> {
      const row = page.locator('.explorer-folders-view .monaco-list-row').filter({ hasText: file });
      if ((await row.count()) === 0) {
        await page.keyboard.press('Control+Shift+E');
        await page.locator('.explorer-folders-view .monaco-list-row').filter({ hasText: 'src' }).first().waitFor();
        if ((await row.count()) === 0) {
          await page.locator('.explorer-folders-view .monaco-list-row').filter({ hasText: 'src' }).first().click();
        }
      }
      await row.dblclick();
      await page.locator(`.tab.active[data-resource-name="${file}"]`).waitFor();
      // A key that comes while the workbench is still busy with opening may be lost.
      await vi.waitFor(async () => {
        await page.keyboard.press('Control+1');
        await page.locator('.monaco-editor.focused').first().waitFor({ timeout: 2_000 });
      }, FOCUS_MS);
    },
    /** Replaces one line, counted from 1. */
    async writeLine(line: number, text: string): Promise<void> {
      await this.goTo(line);
      await page.keyboard.press('Home');
      await page.keyboard.press('Home');
      await page.keyboard.press('Shift+End');
      await page.keyboard.insertText(text);
    },
    async goTo(line: number): Promise<void> {
      await page.keyboard.press('Control+G');
      await page.locator('.quick-input-widget input.input').fill(`:${line}`);
      await page.keyboard.press('Enter');
      await page.locator('.monaco-editor.focused').first().waitFor();
    },
    async save(): Promise<void> {
      await page.keyboard.press('Control+S');
    },
    /** Saves, and resolves with the ms until the first squiggle. */
    async saveUntilMarked(): Promise<number> {
      const began = performance.now();
      await this.save();
      await squiggles.first().waitFor({ state: 'attached', timeout: SQUIGGLE_MS });
      return performance.now() - began;
    },
    async quickFix(words: RegExp): Promise<void> {
      await page.keyboard.press('Control+.');
      const row = page.locator('.action-widget .monaco-list-row').filter({ hasText: words });
      await row.waitFor();
      // By the keyboard: the list lets no pointer through at first.
      while (!/focused/.test((await row.getAttribute('class')) ?? '')) await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
    },
    text: () => page.locator('.monaco-editor .view-lines').first().textContent(),
    status: () => page.locator('.statusbar-item').filter({ hasText: /Continuum|layer/ }),
  };
}
