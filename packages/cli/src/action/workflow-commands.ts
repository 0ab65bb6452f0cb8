import { randomUUID } from 'node:crypto';
import type { Finding, Severity } from '@continuum/contract/finding';

const LEVEL: Record<Severity, 'error' | 'warning' | 'notice'> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'notice',
  info: 'notice',
};

/** A finding as a command that the runner shows on its line; text from the change cannot end it or begin another. */
export function annotation({ path, line, endLine, severity, title, message }: Finding): string {
  const properties = { file: path, line: String(line), endLine: String(Math.max(line, endLine)), title };
  const named = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(value)}`);
  return `::${LEVEL[severity]} ${named.join(',')}::${escapeData(message)}`;
}

/** As the runner takes it apart: percent signs and line ends, and the marks between properties. */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('##[', '## [');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** An output for `GITHUB_OUTPUT`; the end of a value is a word that nobody knows before. */
export function output(name: string, value: string): string {
  const end = `end-${randomUUID()}`;
  return `${name}<<${end}\n${value}\n${end}\n`;
}
