/** Resolves when what has come in so far has had its turn. */
export function letOthers(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
