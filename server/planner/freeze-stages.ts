// How a deployment's targets are divided when it is created: by zone, by the steps of a ramp, or not at all. Each stage
// has targets; a step that would add none is left out. Rollbacks are not divided: whoever goes back wants to be back.

import { minimumHealthyHosts } from './healthy-hosts.ts';
import type { Stage } from './snapshot.ts';
import { inOrder, type Place } from './target-order.ts';

export interface Divided {
  readonly stages: readonly Stage[];
  /** The stage of each target, in the order given. */
  readonly stageOf: readonly number[];
}

export interface ZonedPlace extends Place {
  /** Null: no zone is known of it. */
  readonly zone: string | null;
}

export interface ZoneRules {
  readonly monitorMs: number;
  readonly firstMonitorMs: number;
  /** Of each zone's targets; percentages round up. */
  readonly minimum: { readonly type: 'HOST_COUNT' | 'FLEET_PERCENT'; readonly value: number };
}

export interface StepRules {
  /** How many targets go up to the end of this step: a number, or whole percent of all, rounded up. */
  readonly upTo: { readonly hosts: number } | { readonly percent: number };
  readonly name: string;
  readonly bakeMs: number;
  readonly mayFail: number | null;
}

/** Instances of which no zone is known are a zone of their own, which comes last. */
export const zoneless = 'no zone';

/**
 * Zones come in the order in which the operator's order meets them, then by name. Nothing is left to watch for after the
 * last one, so it has no time of its own.
 */
export function freezeZones(rules: ZoneRules, targets: readonly ZonedPlace[]): Divided {
  const nameOf = ({ zone }: ZonedPlace): string => zone ?? zoneless;
  const first = new Map<string, number>();
  for (const target of targets) first.set(nameOf(target), Math.min(first.get(nameOf(target)) ?? Infinity, target.rank ?? 0));
  const names = [...first.keys()].toSorted((a, b) => first.get(a)! - first.get(b)! || Number(a === zoneless) - Number(b === zoneless) || (a < b ? -1 : 1));
  const stages = names.map((name, index): Stage => {
    const size = targets.filter((target) => nameOf(target) === name).length;
    const monitorMs = index === 0 ? rules.firstMonitorMs : rules.monitorMs;
    return { kind: 'zone', name, minimumHealthyHosts: minimumHealthyHosts(rules.minimum, size), mayFail: null, bakeMs: index === names.length - 1 ? 0 : monitorMs };
  });
  return { stages, stageOf: targets.map((target) => names.indexOf(nameOf(target))) };
}

/** The targets go into the steps in the order in which they would be started. */
export function freezeSteps(steps: readonly StepRules[], targets: readonly Place[]): Divided {
  const order = inOrder(targets.map((target, index) => ({ ...target, index }))).map(({ index }) => index);
  const stageOf = targets.map(() => 0);
  const stages: Stage[] = [];
  let from = 0;
  for (const { upTo, name, bakeMs, mayFail } of steps) {
    const to = Math.min(targets.length, 'hosts' in upTo ? upTo.hosts : Math.floor((targets.length * upTo.percent + 99) / 100));
    if (to <= from) continue;
    for (const index of order.slice(from, to)) stageOf[index] = stages.length;
    stages.push({ kind: 'step', name, minimumHealthyHosts: null, mayFail, bakeMs });
    from = to;
  }
  return { stages, stageOf };
}
