// What all proofs of a run sent by each balancer, together. Only loads that a proof has judged are added: complete, and none lost.

import assert from 'node:assert/strict';
import type { BalancerProgram } from '../../examples/traffic/balancer-program.ts';
import type { LoadReport } from '../../examples/traffic/load-settings.ts';

const sums = new Map<BalancerProgram, { proofs: number; sent: number }>();

export function addToTally(program: BalancerProgram, { planned, sent, succeeded, failed }: LoadReport): void {
  assert.deepEqual([sent, succeeded, failed], [planned, planned, 0]);
  const { proofs, sent: before } = tallyOf(program);
  sums.set(program, { proofs: proofs + 1, sent: before + sent });
}

export function tallyOf(program: BalancerProgram): { readonly proofs: number; readonly sent: number } {
  return sums.get(program) ?? { proofs: 0, sent: 0 };
}
