import type { ChangeSet, SkippedFile } from '@continuum/contract/change-set';
import type { RepositoryConfig } from '@continuum/contract/repository-config';
import { type AttributeRule, unwantedBy } from './attributes.ts';
import { CONFIG_FILE } from './config.ts';
import { matchesGlob } from './paths.ts';

/** What a repository says of its own files, as of the base commit. */
export interface RepositoryTerms {
  readonly config: Pick<RepositoryConfig, 'ignore'>;
  readonly attributes: readonly AttributeRule[];
}

/** The part of a change that its repository wants read; everything left out is named with its reason. */
export function wantedByRepository(change: ChangeSet, terms: RepositoryTerms): ChangeSet {
  const reasons = new Map(change.files.map(({ path }) => [path, whyUnwanted(path, terms)]));
  const skipped = change.files.flatMap(({ path }) => reasons.get(path) ?? []);
  const files = change.files.filter(({ path }) => reasons.get(path) === undefined);
  return { ...change, files, skipped: [...change.skipped, ...skipped] };
}

function whyUnwanted(path: string, { config, attributes }: RepositoryTerms): SkippedFile | undefined {
  const pattern = config.ignore.find((each) => matchesGlob(each, path));
  if (pattern !== undefined) return { path, reason: 'ignored', detail: `${CONFIG_FILE} ignores ${pattern}` };
  const unwanted = unwantedBy(attributes, path);
  if (unwanted === undefined) return undefined;
  const { attribute, line } = unwanted;
  const reason = attribute === 'no-diff' ? 'ignored' : attribute;
  return { path, reason, detail: `${attribute} by line ${line} of .gitattributes` };
}
