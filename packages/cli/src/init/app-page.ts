import type { AppManifest } from '@continuum/webhook-github/app-manifest';

/** The page that hands a manifest on to GitHub: one button, no script. */
export function appPage(manifest: AppManifest, newAppUrl: string): string {
  const { default_permissions: permissions, default_events: events, hook_attributes: hook } = manifest;
  const asks = Object.entries(permissions).map(([name, access]) => `<li>${escaped(name)}: ${access}</li>`);
  return page(
    `<h1>A GitHub App for Continuum</h1>
<p>It may do this, on the repositories where you install it:</p><ul>${asks.join('')}</ul>
<p>It hears of: ${events.map(escaped).join(', ')}.</p>
<p>${hook.active ? `Its webhooks go to <code>${escaped(hook.url)}</code>.` : 'Its webhooks are off until you give them an address.'}</p>
<form action="${escaped(newAppUrl)}" method="post">
<input type="hidden" name="manifest" value="${escaped(JSON.stringify(manifest))}">
<button type="submit">Create it on GitHub</button>
</form>`,
  );
}

/** What the browser shows at the end. */
export function donePage(text: string): string {
  return page(`<p>${escaped(text)}</p>`);
}

function page(body: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Continuum</title><body>${body}</body></html>\n`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
