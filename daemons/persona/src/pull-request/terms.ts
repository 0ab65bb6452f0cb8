import type { CodeHost, PullRequestInfo } from '@continuum/contract/ports/code-host';
import type { RepositoryConfig } from '@continuum/contract/repository-config';
import { type AttributeRule, parseAttributes } from '@continuum/review/attributes';
import { CONFIG_FILE, readConfig } from '@continuum/review/config';

/** What a repository says of its own reviews. */
export interface Terms {
  readonly config: RepositoryConfig;
  readonly attributes: readonly AttributeRule[];
  /** What its people should know of them. */
  readonly notes: readonly string[];
}

/**
 * The terms of a repository as of the base commit: whoever opens a pull request, from a fork or not, cannot change the terms of
 * its own review. Throws what the code host throws.
 */
export async function readTerms(
  codeHost: CodeHost,
  { repo, baseSha }: Pick<PullRequestInfo, 'repo' | 'baseSha'>,
): Promise<Terms> {
  const [config, attributes] = await Promise.all([
    codeHost.file(repo, CONFIG_FILE, baseSha),
    codeHost.file(repo, '.gitattributes', baseSha),
  ]);
  const read = readConfig(config);
  const notes = read.problem === undefined ? [] : [`${CONFIG_FILE} could not be used: ${read.problem}`];
  return { config: read.config, attributes: parseAttributes(attributes ?? ''), notes };
}
