// What should be so, said aloud with what was seen.

export interface Expectation {
  readonly claim: string;
  readonly holds: boolean;
  /** What was found, in few words. */
  readonly seen: string;
}

export interface Expectations {
  readonly list: readonly Expectation[];
  expect(claim: string, holds: boolean, seen: string): void;
}

export function checkExpectations(say: (line: string) => void): Expectations {
  const list: Expectation[] = [];
  return {
    list,
    expect(claim, holds, seen) {
      list.push({ claim, holds, seen });
      say(holds ? `  ✓ ${claim}` : `  ✗ ${claim}: ${seen}`);
    },
  };
}
