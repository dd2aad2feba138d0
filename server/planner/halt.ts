// Whether so many have failed that nothing more is started. The minimums are asked only while targets are pending, of the
// fleet as of the open zone: the very last host of the deployment may fail. A limit of failures is asked always.

import type { FleetCount } from './course.ts';
import { healthyHosts } from './healthy-hosts.ts';
import type { Snapshot, Stage } from './snapshot.ts';

export type Halt =
  /** The minimum of the fleet, or of the open zone, leaves no host that could be taken. */
  | { readonly kind: 'minimum'; readonly zone: string | null }
  | { readonly kind: 'failures'; readonly step: string | null; readonly failed: number; readonly mayFail: number };

export interface OpenStage {
  /** Null where the fleet is not divided, or the last stage is behind. */
  readonly stage: Stage | null;
  readonly count: FleetCount;
}

export function findHalt({ deployment }: Snapshot, fleet: FleetCount, { stage, count }: OpenStage): Halt | null {
  const { minimumHealthyHosts, mayFail = null } = deployment;
  if (mayFail !== null && fleet.failed > mayFail) return { kind: 'failures', step: null, failed: fleet.failed, mayFail };
  if (stage !== null && stage.mayFail !== null && count.failed > stage.mayFail) return { kind: 'failures', step: stage.name, failed: count.failed, mayFail: stage.mayFail };
  if (fleet.pending === 0) return null;
  if (healthyHosts(fleet) <= minimumHealthyHosts) return { kind: 'minimum', zone: null };
  const ofZone = stage?.minimumHealthyHosts ?? null;
  return stage !== null && ofZone !== null && healthyHosts(count) <= ofZone ? { kind: 'minimum', zone: stage.name } : null;
}
