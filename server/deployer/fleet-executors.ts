// Asks fleet providers: what was to be asked stands in the effect, what they answer is written down before the effect is done.
// After a crash in between the same request goes out again, under the same id, and the same answer is noted again.

import { FleetProviderDefinition } from '../../protocol/model/fleet-provider.ts';
import type { SecretBox } from '../access-keys.ts';
import { auditRecord } from '../audit/entry.ts';
import { DeliveryTrouble } from '../notifiers/notifier.ts';
import type { Notifiers } from '../notifiers/registry.ts';
import { appendAuditRecord } from '../store/audit.ts';
import { finalStatuses, findDeployment } from '../store/deployments.ts';
import { readDocument } from '../store/documents.ts';
import { endAsked } from '../store/fleet-hosts.ts';
import { findFleetProvider, sealedFor } from '../store/fleet-providers.ts';
import { findFleetRequest, listFleetRequests, noteFleetRequest } from '../store/fleet-requests.ts';
import { deregisterInstance, findLiveInstance } from '../store/instances.ts';
import type { Database, Store } from '../store/store.ts';
import type { InstancesTable } from '../store/tables.ts';
import type { Effect, EffectOutcome, Executor } from './executors.ts';
import { type ProvisionRequest, readAnswer, type ReleaseRequest } from './fleet-requests.ts';
import { isMadeFor } from './load-provisioning.ts';
import { noteProvided } from './note-answer.ts';

export interface FleetExecutorOptions {
  readonly store: Store;
  readonly webhooks: Pick<Notifiers, 'post'>;
  readonly openSecret: SecretBox['open'];
}

const dayMs = 24 * 3_600_000;

export function provisionExecutor(options: FleetExecutorOptions): Executor {
  const { store } = options;
  return {
    // Long before that the deployment has ended.
    giveUpAfterMs: dayMs,
    async carryOut(effect, signal) {
      const request = effect.payload as ProvisionRequest;
      const deployment = await findDeployment(store.db, request.deploymentId);
      if (deployment === null || finalStatuses.includes(deployment.status)) return { kind: 'failed', error: 'The deployment has ended, so the instances were not asked for any more.', mayRetry: false };
      return askProvider(options, effect, request.fleetProvider, 'Provision', signal, (tx, body) => noteAnswered(tx, request, body));
    },
    async givenUp(tx, effect, error) {
      const request = await findFleetRequest(tx, effect.effectId);
      if (request !== null) await noteFleetRequest(tx, effect.effectId, { state: 'Refused', detail: error });
    },
  };
}

/** Whoever was taken away is an instance no longer. */
export function releaseExecutor(options: FleetExecutorOptions & { readonly now: () => number; readonly expel: (instanceId: string) => void }): Executor {
  return {
    giveUpAfterMs: dayMs,
    async carryOut(effect, signal) {
      const gone: string[] = [];
      const outcome = await askProvider(options, effect, (effect.payload as ReleaseRequest).fleetProvider, 'Release', signal, async (tx, body) => {
        gone.splice(0, gone.length, ...(await noteReleased(tx, effect.effectId, body, options.now())));
      });
      for (const instanceId of gone) options.expel(instanceId);
      return outcome;
    },
    async givenUp(tx, effect, error) {
      await endAsked(tx, effect.effectId, 'Unanswered');
      await noteFleetRequest(tx, effect.effectId, { state: 'Unanswered', detail: error, ended_at: options.now() });
    },
  };
}

/** Ids of the instances that are none any more. Noting it twice is noting it once. */
async function noteReleased(tx: Database, requestId: string, body: string, now: number): Promise<readonly string[]> {
  const { failure } = readAnswer(body);
  if (failure !== null) throw new DeliveryTrouble(`The provider would not: ${failure}`);
  const gone: string[] = [];
  for (const { name, instance_id: instanceId, provider, deployment_id: deploymentId } of await endAsked(tx, requestId, 'Released')) {
    const live = await findLiveInstance(tx, name);
    // It may have enrolled after it was asked for.
    const isIt = live !== null && (instanceId === null ? await wasMadeFor(tx, live, deploymentId) : live.instance_id === instanceId);
    if (!isIt) continue;
    await deregisterInstance(tx, name, now);
    await appendAuditRecord(tx, auditRecord({ actor: 'controller', reason: `The fleet provider ${provider} has taken it away.` }, { at: now, operation: 'DeregisterOnPremisesInstance', subjects: [`instance:${name}`, `deployment:${deploymentId}`], input: { instanceName: name, requestId }, outcome: 'Succeeded' }));
    gone.push(live.instance_id);
  }
  await noteFleetRequest(tx, requestId, { state: 'Accepted', detail: '', ended_at: now });
  return gone;
}

async function wasMadeFor(tx: Database, instance: InstancesTable, deploymentId: string): Promise<boolean> {
  const request = (await listFleetRequests(tx, [deploymentId])).find(({ kind }) => kind === 'Provision');
  return request !== undefined && isMadeFor(instance, deploymentId, [instance.name], Number(request.asked_at));
}

async function noteAnswered(tx: Database, { requestId }: ProvisionRequest, body: string): Promise<void> {
  const request = await findFleetRequest(tx, requestId);
  if (request !== null) await noteProvided(tx, request, readAnswer(body));
}

/** `taken`: writes down what the answer says. */
async function askProvider({ store, webhooks, openSecret }: FleetExecutorOptions, effect: Effect, name: string, event: string, signal: AbortSignal, taken: (tx: Database, body: string) => Promise<void>): Promise<EffectOutcome> {
  const provider = await findFleetProvider(store.db, name);
  if (provider === null) return { kind: 'failed', error: `There is no fleet provider ${name} any more; say who it is: fairlead fleet-provider put ${name}.`, mayRetry: true };
  const { webhookUrl } = readDocument(FleetProviderDefinition, provider.document, `fleet provider ${name}`);
  const secret = provider.secret_encrypted === null ? null : openSecret(provider.secret_encrypted, sealedFor(name));
  if (secret === null && provider.secret_encrypted !== null) return { kind: 'failed', error: `The secret of the fleet provider ${name} was stored under a key file that is gone; give it again: fairlead fleet-provider put ${name} --secret-file FILE.`, mayRetry: true };
  try {
    const { body } = await webhooks.post({ id: effect.effectId, event, text: JSON.stringify(effect.payload), url: webhookUrl, secret }, signal);
    await store.transaction((tx) => taken(tx, body));
    return { kind: 'done' };
  } catch (error) {
    if (error instanceof DeliveryTrouble) return { kind: 'failed', error: error.message, mayRetry: error.mayRetry };
    throw error;
  }
}
