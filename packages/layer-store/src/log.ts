/** Where the store says what it noticed. */
export interface LayerLog {
  warn(about: object, message: string): void;
}
