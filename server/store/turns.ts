// Turns: so many at a time, the others wait in the order they came.

export interface Turns {
  /** Resolves with what ends the turn once it has come. */
  begin(): Promise<() => void>;
  /** Acts within one turn. */
  take<Result>(act: () => Promise<Result>): Promise<Result>;
}

export function makeTurns(places: number): Turns {
  const waiting: (() => void)[] = [];
  let free = places;

  async function begin(): Promise<() => void> {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    return () => {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    };
  }

  return {
    begin,
    async take(act) {
      const end = await begin();
      try {
        return await act();
      } finally {
        end();
      }
    },
  };
}
