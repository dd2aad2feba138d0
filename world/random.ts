/** Chance. Streams are forked by name, so that one more draw here does not change what is drawn there. */
export interface Random {
  /** `length` random bytes. In the real world fit for keys and tokens. */
  bytes(length: number): Uint8Array;
  /** A whole number in [0, n). */
  below(n: number): number;
  /** An independent stream. */
  fork(name: string): Random;
}
