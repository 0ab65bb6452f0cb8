import type { CommandContext } from '@continuum/contract/command';
import type { Author, MessageSource } from '@continuum/contract/room';

/** The author of a request as the rooms know people. */
export function person(name: string): Author {
  return { kind: 'person', id: name, name };
}

/** Commands over HTTP run as the operator, in the name of whoever the request says. */
export function operator(id: string): CommandContext {
  return { caller: { kind: 'operator', id } };
}

const CLIENTS: Readonly<Record<string, MessageSource['kind']>> = { web: 'web', cli: 'cli', vscode: 'vscode' };

/** Which of our own clients speaks, by its `X-Continuum-Client` header; `api` for everybody else. */
export function clientSource(header: string | undefined): MessageSource {
  return { kind: CLIENTS[header ?? ''] ?? 'api' };
}
