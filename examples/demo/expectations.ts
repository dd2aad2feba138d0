// What should be so, said aloud with what was seen.

export interface Expectation {
  readonly claim: string;
  readonly holds: boolean;
  /** What was found, in few words. */
  readonly seen: string;
}

export interface Expectations {
  readonly list: readonly Expectation[];
  /** Says it, keeps it, and answers whether it holds. */
  expect(claim: string, holds: boolean, seen: string): boolean;
}

export function checkExpectations(say: (line: string) => void): Expectations {
  const list: Expectation[] = [];
  return {
    list,
    expect(claim, holds, seen) {
      list.push({ claim, holds, seen });
      say(holds ? `  ✓ ${claim}` : `  ✗ ${claim}: ${seen}`);
      return holds;
    },
  };
}
