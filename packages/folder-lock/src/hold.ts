/** Something one taker at a time has. */
export interface Hold {
  /** False when somebody else has it. */
  take(): Promise<boolean>;
  release(): Promise<void>;
}
