// The planner is asked again, so that what is said is what will be done.

import { convergenceSentence } from '../../protocol/model/convergence.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { loadGroup } from '../deployer/load-group.ts';
import { planConvergence } from '../planner/convergence.ts';
import { requireApplication, requireGroup } from './lookup.ts';
import type { Handler } from './services.ts';

export const explainDeploymentGroup: Handler<typeof registry.explainDeploymentGroup> = async ({ store, isConnected }, input, { now }) =>
  store.transaction(async (tx) => {
    const group = await requireGroup(tx, await requireApplication(tx, input.applicationName), input.deploymentGroupName);
    const loaded = await loadGroup(tx, group, now, isConnected);
    if (loaded === null) return { instances: [] };
    const { states } = planConvergence(loaded.snapshot);
    const instances = loaded.snapshot.instances.map(({ name }, index) => ({ instanceName: name, state: states[index]!, sentence: convergenceSentence(name, states[index]!, now) }));
    return { rootDeploymentId: loaded.rootDeploymentId, instances };
  });
