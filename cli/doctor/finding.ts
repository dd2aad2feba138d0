// What a doctor finds: each thing that was looked at, whether it is well, and what to do when it is not.

export interface Finding {
  /** What was looked at, in a word or two. */
  readonly check: string;
  readonly verdict: 'well' | 'warning' | 'problem';
  /** What was seen. */
  readonly sentence: string;
  /** What to do; null when all is well. */
  readonly remedy: string | null;
}

export const well = (check: string, sentence: string): Finding => ({ check, verdict: 'well', sentence, remedy: null });
export const warning = (check: string, sentence: string, remedy: string): Finding => ({ check, verdict: 'warning', sentence, remedy });
export const problem = (check: string, sentence: string, remedy: string): Finding => ({ check, verdict: 'problem', sentence, remedy });

export function hasProblem(findings: readonly Finding[]): boolean {
  return findings.some(({ verdict }) => verdict === 'problem');
}
