declare module 'eslint-plugin-security' {
  import type { ESLint, Linter } from 'eslint';

  const plugin: ESLint.Plugin & { readonly configs: { readonly recommended: Linter.Config } };
  // biome-ignore lint/style/noDefaultExport: the package has a default export, this only describes it.
  export default plugin;
}
