// A deployment as it would be if it were created now: frozen as a new one is, put before the planner, and not written.

import type { PlanConflict, PlannedOutcome, PlannedTarget, PlannedTrafficStep, PlannedWave } from '../../protocol/model/deployment-plan.ts';
import type { Waiting } from '../../protocol/model/waiting.ts';
import { type Foresight, foresee, type Wave } from '../planner/foresight.ts';
import type { Outcome } from '../planner/outcome.ts';
import { isToBeProvided } from '../planner/provisioning.ts';
import { refuse } from '../planner/refusal.ts';
import type { Snapshot, Stage } from '../planner/snapshot.ts';
import { stepsOf } from '../planner/traffic-shift.ts';
import { holdsBeforeStart } from '../planner/waiting.ts';
import type { Database } from '../store/store.ts';
import { newWatchedAlarms } from '../store/watched-alarms.ts';
import { deploymentRow, targetRows } from './deployment-rows.ts';
import type { Draft } from './draft.ts';
import type { FrozenDeployment } from './freeze-deployment.ts';
import { knownTargets } from './known-targets.ts';
import { type Presence, snapshotOf } from './load-snapshot.ts';

/** No deployment's; among those of the same instant it comes last. */
const plannedId = 'd-~';

/** The snapshot that the planner would see first. Call it with a transaction. */
export async function snapshotOfPlanned(db: Database, draft: Draft, frozen: FrozenDeployment, now: number, presence: Presence): Promise<Snapshot> {
  const targets = targetRows(plannedId, frozen, now).toSorted((a, b) => (a.target_id < b.target_id ? -1 : 1));
  const rows = {
    row: deploymentRow(plannedId, draft, frozen, now),
    targets: await knownTargets(targets),
    alarmRows: newWatchedAlarms(plannedId, frozen.alarms?.alarms ?? []),
    lastSeenAt: new Map(frozen.members.map(({ instance }) => [instance.instance_id, instance.last_seen_at])),
  };
  return (await snapshotOf(db, rows, now, presence)).snapshot;
}

export interface Planned {
  readonly targets: PlannedTarget[];
  readonly waves: PlannedWave[];
  readonly laterTargets?: number;
  readonly trafficSteps?: PlannedTrafficStep[];
  readonly alarmBakeSeconds?: number;
  readonly outcome?: PlannedOutcome;
  readonly waitingOn: Waiting[];
  readonly conflicts: PlanConflict[];
}

/** Pure. It may look far ahead: call it outside any transaction. */
export function planned(snapshot: Snapshot): Planned {
  // Who will be made for it nobody knows, nor in which order they will be taken.
  if (isToBeProvided(snapshot) && refuse(snapshot) === null) return { targets: [], waves: [], waitingOn: holdsOf(snapshot), conflicts: [] };
  const calm = foresee(snapshot);
  const inWaves = calm.waves.reduce((sum, { targetIds }) => sum + targetIds.length, 0);
  const later = calm.outcome === null ? snapshot.targets.length - inWaves : 0;
  return {
    targets: snapshot.targets.map(({ targetId, standing, label, agent }) => ({ targetId, standing, ...(label === undefined ? {} : { instanceLabel: label }), isConnected: agent.isConnected })),
    waves: calm.waves.map((wave) => waveInWords(wave, snapshot.deployment.stages ?? [])),
    ...(later === 0 ? {} : { laterTargets: later }),
    ...(stepsOf(snapshot).length === 0 ? {} : { trafficSteps: stepsOf(snapshot).map(({ share, bakeMs }) => ({ percentage: share, bakeSeconds: Math.ceil(bakeMs / 1000) })) }),
    ...(calm.alarmBakeMs === 0 ? {} : { alarmBakeSeconds: Math.ceil(calm.alarmBakeMs / 1000) }),
    ...(calm.outcome === null ? {} : { outcome: outcomeOf(calm.outcome) }),
    waitingOn: holdsOf(snapshot),
    conflicts: [...neverSucceeds(calm), ...agentsAbsent(snapshot, calm)],
  };
}

/** Fetching the bundle is part of being created. */
function holdsOf(snapshot: Snapshot): Waiting[] {
  return (holdsBeforeStart(snapshot)?.waitingOn ?? []).filter(({ reason }) => reason !== 'ResolvingRevision');
}

function waveInWords({ targetIds, stage: index, bakeMs }: Wave, stages: readonly Stage[]): PlannedWave {
  const stage = index === null ? undefined : stages[index];
  return { targetIds: [...targetIds], ...(stage === undefined ? {} : { [stage.kind]: stage.name }), ...(bakeMs === 0 ? {} : { bakeSeconds: Math.ceil(bakeMs / 1000) }) };
}

function outcomeOf({ status, error }: Outcome): PlannedOutcome {
  return { status, ...(error === null ? {} : { errorInformation: error }) };
}

function neverSucceeds({ outcome }: Foresight): PlanConflict[] {
  if (outcome === null || outcome.error === null) return [];
  return [{ reason: 'NeverSucceeds', errorInformation: outcome.error, sentence: `It cannot succeed, even if every instance does as it is told. ${outcome.error.message}` }];
}

const mostNamed = 5;

function agentsAbsent(snapshot: Snapshot, calm: Foresight): PlanConflict[] {
  const absent = snapshot.targets.filter(({ agent }) => !agent.isConnected).map(({ targetId }) => targetId);
  if (absent.length === 0 || (calm.outcome !== null && calm.outcome.status !== 'Succeeded')) return [];
  const { outcome } = foresee(snapshot, new Set(absent));
  const named = absent.slice(0, mostNamed).join(', ');
  const who = absent.length === 1 ? `The agent of ${named} is` : `The agents of ${named}${absent.length > mostNamed ? ` and ${absent.length - mostNamed} more` : ''} are`;
  const fails = absent.length === 1 ? 'that target fails' : 'those targets fail';
  const end = outcome === null ? '' : outcome.error === null ? ', and the deployment succeeds without' : `, and the deployment with ${absent.length === 1 ? 'it' : 'them'} (${outcome.error.code})`;
  return [{ reason: 'AgentsAbsent', targetIds: absent, ...(outcome === null ? {} : { outcome: outcomeOf(outcome) }), sentence: `${who} not connected. If that stays so, ${fails}${end}.` }];
}
