// The far end is asked now, within a bound; what cannot be learnt is said beside what can.

import type { registry } from '../../protocol/operations/registry.ts';
import { namedTargets } from '../deployer/routed-targets.ts';
import { RouterTrouble, type Observation } from '../traffic/traffic-router.ts';
import type { Handler } from './services.ts';

const patienceMs = 10_000;

export const observeTrafficRouter: Handler<typeof registry.observeTrafficRouter> = async ({ store, trafficRouters, world }, { name }) => {
  const [named] = await namedTargets(store.db, name);
  const targets = named?.targets ?? [];
  const hurry = new AbortController();
  const deadline = world.clock.after(patienceMs, () => hurry.abort());
  try {
    const router = await trafficRouters.openNamed(name, named?.list ?? 'targetGroupInfoList');
    const { weights, drain } = router.capabilities;
    const troubles: string[] = [];
    const learn = <What>(asked: Promise<What>, none: What): Promise<What> =>
      asked.catch((error: unknown) => {
        if (!(error instanceof RouterTrouble)) throw error;
        troubles.push(error.message);
        return none;
      });
    const [seen, findings] = await Promise.all([learn(router.observe(targets, hurry.signal), new Map<string, Observation>()), learn(router.preflight(targets, hurry.signal), [])]);
    const members = [...seen].map(([instanceName, { state, inFlight, weight, detail }]) => ({ instanceName, state, ...(inFlight === null ? {} : { inFlight }), ...(weight === null ? {} : { weight }), detail }));
    return { drain, hasWeights: weights !== null, members, findings: [...findings], ...(troubles.length === 0 ? {} : { trouble: [...new Set(troubles)].join(' ') }) };
  } catch (error) {
    if (!(error instanceof RouterTrouble)) throw error;
    return { trouble: error.message, members: [], findings: [] };
  } finally {
    deadline.cancel();
  }
};
