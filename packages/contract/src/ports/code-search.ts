/** Lines of a file that speak of what was asked. All of it is untrusted text. */
export interface CodeExcerpt {
  readonly repo: string;
  readonly path: string;
  /** 1-based line at which the text begins. */
  readonly line: number;
  readonly text: string;
}

export interface CodeQuery {
  /** Only this repository; all that are at hand when absent. */
  readonly repo?: string | undefined;
  /** What is looked for, most telling first; looked for as they are written, upper and lower case alike. */
  readonly words: readonly string[];
}

/** Finds code by its words, bounded. Empty where there is none, or none at hand. */
export type SearchCode = (query: CodeQuery) => Promise<CodeExcerpt[]>;
