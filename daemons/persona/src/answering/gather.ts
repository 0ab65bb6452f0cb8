import type { Finding } from '@continuum/contract/finding';
import type { MessageId, RoomId, ScopeId } from '@continuum/contract/ids';
import type { Passage } from '@continuum/contract/knowledge';
import type { Message } from '@continuum/contract/room';
import { isQuestion } from '@continuum/persona/speech';
import { codePassage, findingPassage, memoryPassage, messagePassage } from '@continuum/retrieval/passages';
import { codeWords, searchWords } from '@continuum/retrieval/search-words';
import { redactSecrets } from '@continuum/training/redact';
import type { PersonaRuntime } from '../runtime.ts';

/** Most passages of each kind that a question is held against. */
const MOST = { corrections: 60, findings: 60, messages: 40 } as const;

/** Where a question is asked, and so what may be told there. */
export interface Place {
  /** Set in threads about a repository: nothing of any other is told there. */
  readonly repo?: string | undefined;
  readonly pr?: number | undefined;
  /** The room whose people's words count as known; none when absent. */
  readonly roomId?: RoomId | undefined;
  /** The scope of what the thread is about, and those above it. */
  readonly scopes: readonly ScopeId[];
  /** What the thread is about, if about one finding. */
  readonly finding?: Finding | undefined;
  /** Code of this machine may be shown: the one who asks is on it, not on a code host where others read along. */
  readonly localCode: boolean;
  /** The question itself, and what else is no answer. */
  readonly except: ReadonlySet<MessageId>;
}

/** What the team said and was told that shares words with a question, secrets redacted, bounded. */
export async function gatherPassages(runtime: PersonaRuntime, question: string, place: Place): Promise<Passage[]> {
  const { knowledge } = runtime.store;
  const words = searchWords(question);
  const ofRepo = place.repo === undefined ? {} : { repo: place.repo };
  const [corrections, findings, messages, code] = await Promise.all([
    knowledge.corrections({ words, limit: MOST.corrections, ...ofRepo }),
    knowledge.findings({ words, limit: MOST.findings, ...ofRepo }),
    saidInRoom(runtime, words, place),
    place.localCode ? runtime.searchCode?.({ repo: place.repo, words: codeWords(question) }) : [],
  ]);
  const nameOf = ({ persona }: Finding): string => runtime.personas.find(({ id }) => id === persona)?.name ?? persona;
  const passages = [
    ...corrections.flatMap((memory) => memoryPassage(memory) ?? []),
    ...distinct(findings).map((finding) => findingPassage(finding, nameOf(finding))),
    ...messages.map(messagePassage),
    ...(code ?? []).map(codePassage),
  ];
  // What a correction was learned from is not cited beside it.
  const learned = new Set(corrections.flatMap(({ messageId }) => messageId ?? []));
  return passages
    .filter(({ kind, messageId }) => kind !== 'message' || messageId === undefined || !learned.has(messageId))
    .map(redacted);
}

/** The same claim raised on several pushes is one: the newest, which comes first among equals. */
function distinct(findings: readonly Finding[]): Finding[] {
  return [
    ...new Map(findings.toReversed().map((finding) => [`${finding.repo} ${finding.fingerprint}`, finding])).values(),
  ];
}

async function saidInRoom(runtime: PersonaRuntime, words: readonly string[], place: Place): Promise<Message[]> {
  const { roomId, repo, except } = place;
  if (roomId === undefined) return [];
  const ofRepo = repo === undefined ? {} : { repo };
  const found = await runtime.store.knowledge.messages({ words, roomId, limit: MOST.messages, ...ofRepo });
  const statements = found.filter(({ id, text }) => !except.has(id) && !isQuestion(text));
  return trusted(runtime, statements);
}

/** Anybody may comment on a public pull request; only the word of those who may write there is passed on as known. */
async function trusted({ codeHost }: PersonaRuntime, messages: readonly Message[]): Promise<Message[]> {
  const kept = await Promise.all(
    messages.map(async ({ source, author }) => {
      if (source.kind !== 'github') return true;
      if (codeHost === undefined || source.repo === undefined) return false;
      const permission = await codeHost.permission(source.repo, author.id);
      return permission === 'admin' || permission === 'write';
    }),
  );
  return messages.filter((_, index) => kept[index] === true);
}

function redacted(passage: Passage): Passage {
  return { ...passage, text: redactSecrets(passage.text), about: redactSecrets(passage.about) };
}
