declare module 'spdx-satisfies' {
  /** True when the licence expression can be met with the approved licences. Throws on an expression that is not SPDX. */
  function satisfies(expression: string, approved: readonly string[]): boolean;
  export = satisfies;
}
