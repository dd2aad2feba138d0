// The language of *.scenario.txt: one fact a line, `#` begins a comment. What is not said is ordinary.

import type { FailureDecision } from '../../protocol/model/guided-failure.ts';
import type { SnapshotParts } from '../builders/a-snapshot.ts';
import { aSnapshot, aTarget, connected, neverSeen, noon } from '../builders/a-snapshot.ts';
import { freezeSteps, freezeZones, type StepRules, type ZonedPlace } from '../../server/planner/freeze-stages.ts';
import { minimumHealthyHosts, type MinimumHealthyHostsRule } from '../../server/planner/healthy-hosts.ts';
import type { InstanceStanding, Snapshot } from '../../server/planner/snapshot.ts';
import { withTraffic } from '../planner/arbitrary-traffic.ts';
import type { TrafficRules } from '../../server/planner/traffic-state.ts';
import type { Peculiarity } from './scripted-fleet.ts';
import type { RouterPeculiarity } from './scripted-router.ts';

/** What somebody decides about a failed target, so long after the beginning. */
export interface Decision {
  readonly afterMs: number;
  readonly decision: FailureDecision;
  readonly targetId: string;
}

export interface Scenario {
  readonly snapshot: Snapshot;
  readonly peculiarities: ReadonlyMap<string, Peculiarity>;
  readonly routerPeculiarities: ReadonlyMap<string, RouterPeculiarity>;
  /** Events of the revision with scripts that run once. */
  readonly onceEvents: readonly string[];
  readonly decisions: readonly Decision[];
  /** After the beginning; null when nobody stops it. */
  readonly stop: { readonly afterMs: number; readonly rollback: boolean | null } | null;
}

/** Throws with the line that it does not understand. */
export function readScenario(text: string): Scenario {
  const targetIds: string[] = [];
  const onceEvents: string[] = [];
  const peculiarities = new Map<string, Peculiarity>();
  const standings = new Map<string, InstanceStanding>();
  let rule: MinimumHealthyHostsRule = { type: 'MOST_CONCURRENCY', value: 1 };
  let deployment: NonNullable<SnapshotParts['deployment']> = {};
  let lastSuccessfulDeploymentId: string | null = null;
  let stop: Scenario['stop'] = null;
  const decisions: Decision[] = [];
  const zones = new Map<string, string>();
  let monitorMs: number | null = null;
  let steps: readonly StepRules[] = [];
  const order: string[] = [];
  let limits: NonNullable<SnapshotParts['limits']> = {};
  let traffic: { readonly router: string; readonly rules: TrafficRules } | null = null;
  const routerPeculiarities = new Map<string, RouterPeculiarity>();
  const atRouter = (targetId: string, what: RouterPeculiarity): void => void routerPeculiarities.set(targetId, { ...routerPeculiarities.get(targetId), ...what });
  const mark = (targetId: string, what: Omit<Peculiarity, 'targetId'>): void => {
    peculiarities.set(targetId, { ...peculiarities.get(targetId), targetId, ...what });
  };

  for (const line of text.split('\n').map((each) => each.replace(/#.*/, '').trim())) {
    let found: RegExpExecArray | null;
    const says = (pattern: RegExp): boolean => (found = pattern.exec(line)) !== null;
    const part = (index: number): string => found?.[index] ?? '';
    if (line === '') continue;
    else if (says(/^group:((?: i-\d+)+)$/)) targetIds.push(...part(1).trim().split(' '));
    else if (says(/^(\w+) has scripts that run once$/)) onceEvents.push(part(1));
    else if (says(/^one at a time$/)) rule = { type: 'MOST_CONCURRENCY', value: 1 };
    else if (says(/^half at a time$/)) rule = { type: 'FLEET_PERCENT', value: 50 };
    else if (says(/^all at once$/)) rule = { type: 'HOST_COUNT', value: 0 };
    else if (says(/^at least (\d+) healthy$/)) rule = { type: 'HOST_COUNT', value: Number(part(1)) };
    else if (says(/^zone (\S+):((?: i-\d+)+)$/)) for (const targetId of part(2).trim().split(' ')) zones.set(targetId, part(1));
    else if (says(/^each zone is watched for (\d+) min$/)) monitorMs = Number(part(1)) * 60_000;
    else if (says(/^ramp: (\S.*), each watched for (\d+) min$/)) steps = readSteps(part(1).split(' '), Number(part(2)) * 60_000);
    else if (says(/^somebody is asked for (\d+) min$/)) deployment = { ...deployment, decideWithinMs: Number(part(1)) * 60_000 };
    else if (says(/^after (\d+) s: (RETRY|SKIP|FAIL) (i-\d+)$/)) decisions.push({ afterMs: Number(part(1)) * 1000, decision: part(2) as FailureDecision, targetId: part(3) });
    else if (says(/^every target must succeed$/)) deployment = { ...deployment, mayFail: 0 };
    else if (says(/^order:((?: i-\d+)+)$/)) order.push(...part(1).trim().split(' '));
    else if (says(/^an agent may be silent for (\d+) s$/)) limits = { silenceMs: Number(part(1)) * 1000 };
    else if (says(/^rolls back on failure$/)) deployment = { ...deployment, autoRollback: { enabled: true, events: ['DEPLOYMENT_FAILURE'] } };
    else if (says(/^ignores application stop failures$/)) deployment = { ...deployment, ignoreApplicationStopFailures: true };
    else if (says(/^last successful: (d-\w+)$/)) lastSuccessfulDeploymentId = part(1);
    else if (says(/^(i-\d+) is (unhealthy|unknown|old|current)$/)) standings.set(part(1), part(2) as InstanceStanding);
    else if (says(/^(i-\d+) fails at (\w+)$/)) mark(part(1), { failsAt: part(2) });
    else if (says(/^(i-\d+) fails at (\w+) the first time$/)) mark(part(1), { failsAt: part(2), failsOnce: true });
    else if (says(/^(i-\d+) takes (\d+) min at (\w+)$/)) mark(part(1), { slowAt: { event: part(3), tookMs: Number(part(2)) * 60_000 } });
    else if (says(/^(i-\d+) falls silent in (\w+)$/)) mark(part(1), { silentFrom: part(2) });
    else if (says(/^the agent of (i-\d+) never connects$/)) mark(part(1), { silentFrom: null });
    else if (says(/^behind router (\w+), which may drain for (\d+) s(, then cuts off)?$/)) traffic = { router: part(1), rules: { drainMs: Number(part(2)) * 1000, onDrainTimeout: part(3) === '' ? 'FAIL' : 'FORCE', forceMs: 10_000, serveMs: 600_000, minHealthyMs: 0 } };
    else if (says(/^(i-\d+) never drains$/)) atRouter(part(1), { drainsInMs: null });
    else if (says(/^(i-\d+) drains in (\d+) s$/)) atRouter(part(1), { drainsInMs: Number(part(2)) * 1000 });
    else if (says(/^(i-\d+) is never found healthy$/)) atRouter(part(1), { isNeverHealthy: true });
    else if (says(/^the router forgets (i-\d+) after (\d+) s$/)) atRouter(part(1), { forgottenAfterMs: Number(part(2)) * 1000 });
    else if (says(/^stop after (\d+) s$/)) stop = { afterMs: Number(part(1)) * 1000, rollback: null };
    else if (says(/^stop after (\d+) s and roll back$/)) stop = { afterMs: Number(part(1)) * 1000, rollback: true };
    else throw new Error(`A scenario cannot say: ${line}`);
  }

  const ranked = (targetId: string): number => (order.includes(targetId) ? order.indexOf(targetId) : order.length);
  const places = targetIds.map((targetId): ZonedPlace => ({ zone: zones.get(targetId) ?? null, rank: ranked(targetId), standing: standings.get(targetId) ?? 'old', lot: aTarget(targetId).lot }));
  const zoneRules = { monitorMs: monitorMs ?? 0, firstMonitorMs: monitorMs ?? 0, minimum: { type: 'FLEET_PERCENT', value: 0 } } as const;
  const { stages, stageOf } = zones.size > 0 ? freezeZones(zoneRules, places) : freezeSteps(steps, places);
  const targets = targetIds.map((targetId, index) =>
    aTarget(targetId, {
      rank: ranked(targetId),
      stage: stageOf[index] ?? 0,
      standing: standings.get(targetId) ?? 'old',
      agent: peculiarities.get(targetId)?.silentFrom === null ? neverSeen : connected,
    }),
  );
  const minimum = minimumHealthyHosts(rule, targets.length);
  const snapshot = aSnapshot({ now: noon, targets, minimum, limits, deployment: { ...deployment, stages }, lastSuccessfulDeploymentId });
  return { snapshot: traffic === null ? snapshot : withTraffic(snapshot, traffic.rules, [traffic.router]), peculiarities, routerPeculiarities, onceEvents, stop, decisions };
}

/** '1 25% 100%': each is as wide as it says, and none of it may fail but of the last. */
function readSteps(widths: readonly string[], bakeMs: number): readonly StepRules[] {
  return widths.map((name, index) => ({
    name,
    bakeMs,
    mayFail: index === widths.length - 1 ? null : 0,
    upTo: name.endsWith('%') ? { percent: Number(name.slice(0, -1)) } : { hosts: Number(name) },
  }));
}
