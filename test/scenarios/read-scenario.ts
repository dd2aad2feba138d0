// The language of *.scenario.txt: one fact a line, `#` begins a comment. What is not said is ordinary.

import type { SnapshotParts } from '../builders/a-snapshot.ts';
import { aSnapshot, aTarget, connected, neverSeen, noon } from '../builders/a-snapshot.ts';
import { minimumHealthyHosts, type MinimumHealthyHostsRule } from '../../server/planner/healthy-hosts.ts';
import type { InstanceStanding, Snapshot } from '../../server/planner/snapshot.ts';
import type { Peculiarity } from './scripted-fleet.ts';

export interface Scenario {
  readonly snapshot: Snapshot;
  readonly peculiarities: ReadonlyMap<string, Peculiarity>;
  /** Events of the revision with scripts that run once. */
  readonly onceEvents: readonly string[];
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
    else if (says(/^rolls back on failure$/)) deployment = { ...deployment, autoRollback: { enabled: true, events: ['DEPLOYMENT_FAILURE'] } };
    else if (says(/^ignores application stop failures$/)) deployment = { ...deployment, ignoreApplicationStopFailures: true };
    else if (says(/^last successful: (d-\w+)$/)) lastSuccessfulDeploymentId = part(1);
    else if (says(/^(i-\d+) is (unhealthy|unknown|old|current)$/)) standings.set(part(1), part(2) as InstanceStanding);
    else if (says(/^(i-\d+) fails at (\w+)$/)) mark(part(1), { failsAt: part(2) });
    else if (says(/^(i-\d+) takes (\d+) min at (\w+)$/)) mark(part(1), { slowAt: { event: part(3), tookMs: Number(part(2)) * 60_000 } });
    else if (says(/^(i-\d+) falls silent in (\w+)$/)) mark(part(1), { silentFrom: part(2) });
    else if (says(/^the agent of (i-\d+) never connects$/)) mark(part(1), { silentFrom: null });
    else if (says(/^stop after (\d+) s$/)) stop = { afterMs: Number(part(1)) * 1000, rollback: null };
    else if (says(/^stop after (\d+) s and roll back$/)) stop = { afterMs: Number(part(1)) * 1000, rollback: true };
    else throw new Error(`A scenario cannot say: ${line}`);
  }

  const targets = targetIds.map((targetId) =>
    aTarget(targetId, {
      standing: standings.get(targetId) ?? 'old',
      agent: peculiarities.get(targetId)?.silentFrom === null ? neverSeen : connected,
    }),
  );
  const minimum = minimumHealthyHosts(rule, targets.length);
  return { snapshot: aSnapshot({ now: noon, targets, minimum, deployment, lastSuccessfulDeploymentId }), peculiarities, onceEvents, stop };
}
