/** `owner/name` taken apart, as every endpoint wants it. */
export function ownerAndName(repo: string): { readonly owner: string; readonly repo: string } {
  const [owner = '', name = ''] = repo.split('/');
  return { owner, repo: name };
}
