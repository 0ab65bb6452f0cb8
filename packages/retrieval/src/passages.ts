import type { Finding } from '@continuum/contract/finding';
import type { Passage } from '@continuum/contract/knowledge';
import type { Memory, RememberedFinding } from '@continuum/contract/learning';
import type { CodeExcerpt } from '@continuum/contract/ports/code-search';
import type { Message } from '@continuum/contract/room';

const MOST_CHARACTERS = 3000;

/** A correction as what its author said; undefined when they gave no reason: there is nothing to quote. */
export function memoryPassage(memory: Memory): Passage | undefined {
  const text = memory.reason.slice(0, MOST_CHARACTERS).trim();
  if (!/\p{L}/u.test(text)) return undefined;
  const { url, pr } = memory.source;
  return {
    ...{ id: `correction:${memory.id}`, kind: 'correction', text, about: aboutFinding(memory.finding) },
    ...{ author: memory.author.name, at: memory.at, repo: memory.repo, scope: memory.scope },
    ...{ path: memory.finding.path, memoryId: memory.id },
    ...(url === undefined ? {} : { link: url }),
    ...(pr === undefined ? {} : { pr }),
    ...(memory.findingId === undefined ? {} : { findingId: memory.findingId }),
    ...(memory.messageId === undefined ? {} : { messageId: memory.messageId }),
  };
}

/** A finding as what it says; `name` is the persona's. */
export function findingPassage(finding: Finding, name: string): Passage {
  const { title, message, repo, scope, path, line, at, pr, url, cwe } = finding;
  const text = message.startsWith(title) ? message : `${title.replace(/[^.!?]$/, '$&.')} ${message}`;
  return {
    ...{ id: `finding:${finding.id}`, kind: 'finding', text: text.slice(0, MOST_CHARACTERS) },
    about: `${aboutFinding(finding)} ${cwe ?? ''}`,
    ...{ author: name, at, repo, scope, path, line, findingId: finding.id },
    ...(pr === undefined ? {} : { pr }),
    ...(url === undefined ? {} : { link: url }),
  };
}

/** What a person said in a room. */
export function messagePassage({ id, text, author, source, at }: Message): Passage {
  return {
    ...{ id: `message:${id}`, kind: 'message', text: text.slice(0, MOST_CHARACTERS), about: '' },
    ...{ author: author.name, at, messageId: id },
    ...(source.url === undefined ? {} : { link: source.url }),
    ...(source.repo === undefined ? {} : { repo: source.repo }),
    ...(source.pr === undefined ? {} : { pr: source.pr }),
  };
}

/** Lines of a file. */
export function codePassage({ repo, path, line, text }: CodeExcerpt): Passage {
  return {
    id: `code:${repo}:${path}:${line}`,
    kind: 'code',
    text: text.slice(0, MOST_CHARACTERS),
    about: path,
    repo,
    path,
    line,
  };
}

function aboutFinding({ path, evidence, rule, category, facts }: RememberedFinding): string {
  const names = `${facts.functionName} ${facts.callee} ${facts.frameworks.join(' ')}`;
  return `${path} ${rule.replace(/^.*\//, '')} ${category} ${names} ${evidence.slice(0, 1000)}`;
}
