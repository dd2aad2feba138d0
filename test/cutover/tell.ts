// A line in the log of the run, below the claim it belongs to: what was counted, and not only that it was right.

export const tell = (line: string): void => void process.stdout.write(`      · ${line}\n`);
