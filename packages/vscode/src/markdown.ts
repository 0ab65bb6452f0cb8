import MarkdownIt from 'markdown-it';

/**
 * Markdown of a room as HTML that runs nothing: HTML in the text is shown as text, links lead to web pages only, and pictures
 * are not loaded.
 */
export function createMarkdown(): (text: string) => string {
  const markdown = new MarkdownIt({ html: false, linkify: false, breaks: true });
  markdown.disable('image');
  markdown.validateLink = (url) => /^https?:\/\//i.test(url);
  // Personas write their hints small, which only code hosts can show.
  return (text) => markdown.render(text.replaceAll(/<\/?sub>/g, ''));
}
