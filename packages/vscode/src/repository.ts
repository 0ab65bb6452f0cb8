/** `owner/name` of the remote `origin`, or of the first remote, in the text of a git configuration. Undefined without one. */
export function repositoryOf(gitConfig: string): string | undefined {
  const remotes = [...gitConfig.matchAll(/^\[remote "([^"]*)"\]([^[]*)/gm)];
  const remote = remotes.find(([, name]) => name === 'origin') ?? remotes[0];
  const url = /^\s*url\s*=\s*(.+?)\s*$/m.exec(remote?.[2] ?? '')?.[1];
  const [, owner, name] = /[/:]([^/:]+)\/([^/]+?)(?:\.git)?\/?$/.exec(url ?? '') ?? [];
  return owner === undefined || name === undefined ? undefined : valid(`${owner}/${name}`);
}

/** The name under which a folder without a remote is remembered. */
export function localRepository(folder: string): string {
  const name = folder.replaceAll(/[^\w.-]/g, '-').replace(/^-+/, '');
  return `local/${name === '' ? 'workspace' : name}`;
}

function valid(name: string): string | undefined {
  return /^[A-Za-z0-9][\w.-]*\/[\w.-]+$/.test(name) ? name : undefined;
}
