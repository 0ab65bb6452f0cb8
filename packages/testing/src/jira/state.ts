export interface JiraUser {
  readonly accountId: string;
  readonly displayName: string;
}

export interface JiraIssue {
  readonly id: string;
  readonly key: string;
  readonly summary: string;
  /** As Jira keeps it: a document of the Atlassian Document Format, or nothing. */
  readonly description: unknown;
  readonly status: string;
  readonly created: string;
  readonly updated: string;
}

export interface JiraComment {
  readonly id: string;
  readonly key: string;
  /** A document of the Atlassian Document Format. */
  readonly body: unknown;
  readonly author: JiraUser;
  readonly created: string;
  readonly updated: string;
}

export interface JiraState {
  readonly issues: Map<string, JiraIssue>;
  readonly comments: Map<string, JiraComment>;
  /** Address of the site. */
  url: string;
  clock: () => Date;
  nextId: number;
}

export function createState(): JiraState {
  return { issues: new Map(), comments: new Map(), url: '', clock: () => new Date(), nextId: 10_001 };
}

export function userNamed(name: string): JiraUser {
  const hash = Buffer.from(name).toString('hex').padEnd(24, '0').slice(0, 24);
  return { accountId: `712020:${hash}`, displayName: name };
}

/** `2026-03-01T11:59:00.000+0000`: how Jira writes times. */
export function jiraTime(at: Date): string {
  return at.toISOString().replace('Z', '+0000');
}

/** A document with these paragraphs. */
export function documentOf(text: string): unknown {
  const content = text.split('\n\n').map((part) => ({ type: 'paragraph', content: [{ type: 'text', text: part }] }));
  return { type: 'doc', version: 1, content };
}

/** The words of a document: what Jira writes into its webhooks, as wiki markup. */
export function wikiOf(document: unknown): string {
  if (typeof document !== 'object' || document === null) return '';
  const text: unknown = Reflect.get(document, 'text');
  const content: unknown = Reflect.get(document, 'content');
  if (typeof text === 'string') return text;
  if (!Array.isArray(content)) return '';
  return content.map(wikiOf).join(Reflect.get(document, 'type') === 'doc' ? '\n\n' : '');
}
