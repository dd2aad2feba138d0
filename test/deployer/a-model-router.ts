// A router that is a model: members with an administrator's word and a health check, requests that end when told. What it was
// asked is written down; it can be made to refuse, to fail for a while, and to forget.

import type { Observation, RoutedTarget, TrafficRouter } from '../../server/traffic/traffic-router.ts';
import { RouterTrouble } from '../../server/traffic/traffic-router.ts';

export interface ModelRouter {
  readonly router: TrafficRouter;
  /** Each question in short: 'block web1', 'force web1', 'allow web1 web2'. */
  readonly asked: string[];
  readonly blocked: Set<string>;
  readonly inFlight: Map<string, number>;
  readonly unhealthy: Set<string>;
  /** Members it does not know. */
  readonly strange: Set<string>;
  trouble: RouterTrouble | null;
  /** Of questions only; it can still be looked at. */
  refusal: RouterTrouble | null;
}

export function aModelRouter(): ModelRouter {
  const model: ModelRouter = {
    asked: [],
    blocked: new Set(),
    inFlight: new Map(),
    unhealthy: new Set(),
    strange: new Set(),
    trouble: null,
    refusal: null,
    router: {
      capabilities: { weights: null, drain: 'exact' },
      preflight: async () => [],
      block: async (targets, { isForced }) => {
        ask(isForced ? 'force' : 'block', targets);
        for (const { targetId } of targets) {
          model.blocked.add(targetId);
          if (isForced) model.inFlight.delete(targetId);
        }
      },
      allow: async (targets) => {
        ask('allow', targets);
        for (const { targetId } of targets) model.blocked.delete(targetId);
      },
      setWeights: async () => undefined,
      observe: async (targets) => {
        if (model.trouble !== null) throw model.trouble;
        return new Map(targets.map((target) => [target.targetId, observe(target)]));
      },
    },
  };

  function ask(how: string, targets: readonly RoutedTarget[]): void {
    model.asked.push(`${how} ${targets.map(({ targetId }) => targetId).toSorted().join(' ')}`);
    if (model.trouble !== null) throw model.trouble;
    if (model.refusal !== null) throw model.refusal;
    const strange = targets.find(({ targetId }) => model.strange.has(targetId));
    if (strange !== undefined) throw new RouterTrouble(`There is no server ${strange.targetId}.`, false);
  }

  function observe({ targetId }: RoutedTarget): Observation {
    const inFlight = model.inFlight.get(targetId) ?? 0;
    const of = (state: Observation['state']): Observation => ({ state, inFlight, weight: null, detail: 'as the model says' });
    if (model.strange.has(targetId)) return of('Absent');
    if (model.blocked.has(targetId)) return of(inFlight === 0 ? 'OutOfService' : 'Draining');
    return of(model.unhealthy.has(targetId) ? 'Unhealthy' : 'InService');
  }

  return model;
}
