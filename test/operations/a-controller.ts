// The operations over a fresh store, with a clock that stands still until told, seeded chance, and what woke or expelled
// whom written down. Helpers make what most claims need: an application, a group, instances, an upload, an ending.

import assert from 'node:assert/strict';
import { Failure, type ErrorCode } from '../../protocol/errors.ts';
import type { InputOf, OperationDefinition, OutputOf } from '../../protocol/operations/operation.ts';
import { registry } from '../../protocol/operations/registry.ts';
import { type Access, fullAccess } from '../../server/access/access.ts';
import { explainPromotion } from '../../server/explain-promotion.ts';
import { makeKeyRing, makeVault } from '../../server/access-keys.ts';
import { makeTrafficRouters } from '../../server/deployer/traffic-routers.ts';
import { newInstance } from '../../server/operations/new-instance.ts';
import { makeDispatch } from '../../server/operations/dispatch.ts';
import type { Services } from '../../server/operations/services.ts';
import { ownBuckets } from '../../server/revisions/buckets.ts';
import { bindAgent, insertInstance } from '../../server/store/instances.ts';
import type { Store } from '../../server/store/store.ts';
import { recordUpload } from '../../server/store/uploads.ts';
import { makeTrafficRouterKinds } from '../../server/traffic/registry.ts';
import { RouterTrouble } from '../../server/traffic/traffic-router.ts';
import { realClock } from '../../world/real/clock.ts';
import { silentLog } from '../../world/log.ts';
import type { World } from '../../world/world.ts';
import { SimRandom } from '../simulation/sim-random.ts';
import { usualStore } from '../store/stores.ts';

const noNetwork = { network: { connect: () => Promise.reject(new Error('no network')), exchange: () => Promise.reject(new Error('no network')) } };

export const role = 'arn:aws:iam::123456789012:role/deploy';

export interface TestController {
  readonly store: Store;
  readonly services: Services;
  readonly woken: string[];
  readonly expelled: string[];
  readonly connected: Set<string>;
  /** How often late instances were asked to be looked for. */
  lateLooks: number;
  /** How often traffic routers were asked to be inspected. */
  inspections: number;
  /** Epoch milliseconds; grows only by hand. */
  now: number;
  /** Access keys that handlers said have changed. */
  readonly changedKeys: string[];
  /** Calls an operation as a face would, with an administrator's access unless told otherwise. */
  call<Definition extends OperationDefinition>(definition: Definition, input: InputOf<Definition>, access?: Access): Promise<OutputOf<Definition>>;
  /** Calls it with any input and expects a refusal; returns it. */
  refused(definition: OperationDefinition, input: unknown, code: ErrorCode, access?: Access): Promise<Failure>;
  close(): Promise<void>;
}

export async function aController(): Promise<TestController> {
  const store = await usualStore.open();
  const random = new SimRandom('operations');
  const woken: string[] = [];
  const expelled: string[] = [];
  const changedKeys: string[] = [];
  const connected = new Set<string>();
  const clock: Pick<World['clock'], 'now' | 'after'> = { now: () => controller.now, after: () => ({ cancel: () => {} }) };
  const secrets = makeVault(new Uint8Array(32), random);
  const presence = { isConnected: (instanceId: string) => connected.has(instanceId), listeningSince: 0, limits: { eventStartMs: 300_000, eventMs: 3_600_000, deploymentMs: 28_800_000 } };
  const services: Services = {
    store,
    world: { clock, random, log: silentLog } as unknown as World,
    region: 'eu-test-1',
    accountId: '123456789012',
    controllerId: 'the-controller',
    authorityPin: null,
    keyRing: makeKeyRing(makeVault(new Uint8Array(32), random), random, (accessKeyId) => changedKeys.push(accessKeyId)),
    secrets,
    buckets: ownBuckets(null, false),
    wake: (deploymentId) => woken.push(deploymentId),
    wakePromotion: (promotionId) => woken.push(promotionId),
    lookForLate: () => void (controller.lateLooks += 1),
    lookForReleases: () => {},
    whyNotTriggerTarget: (target) => (/^arn:aws:sns:|^https:/.test(target) ? null : 'is nothing that could be reached'),
    whyNotWebhook: (url) => (url.startsWith('https://') ? null : 'is a plain http address; use https'),
    inspectRouters: () => void (controller.inspections += 1),
    trafficRouters: makeTrafficRouters({ db: store.db, kinds: makeTrafficRouterKinds({ ...noNetwork, clock: realClock }, () => Promise.reject(new RouterTrouble('There is no agent.'))), openSecret: (sealed, boundTo) => secrets.open(sealed, boundTo) }),
    carryOut: () => {},
    wakeAll: () => woken.push('all'),
    isConnected: presence.isConnected,
    presence,
    expel: (instanceId) => expelled.push(instanceId),
    rotateKey: (instanceId) => Promise.resolve(connected.has(instanceId) ? { kind: 'taken', publicKey: 'new' } : { kind: 'refused', why: 'its agent is not connected.' }),
    explain: async () => ({ waitingOn: [{ reason: 'EarlierDeployment', deploymentId: 'd-AAAAAAAAA' }], sentences: ['Waiting.'] }),
    explainPromotion: (promotionId) => store.transaction((tx) => explainPromotion(tx, promotionId, controller.now, presence)),
  };
  const dispatch = makeDispatch(services);
  const call = (definition: OperationDefinition, input: unknown, access: Access = fullAccess): Promise<unknown> =>
    dispatch(definition, input, { requestId: 'r', accessKeyId: 'K', access, invocationId: null, remote: 'test', now: controller.now });
  const controller: TestController = {
    store,
    services,
    woken,
    expelled,
    changedKeys,
    connected,
    lateLooks: 0,
    inspections: 0,
    now: 1_700_000_000_000,
    call: call as TestController['call'],
    async refused(definition, input, code, access) {
      const outcome = await call(definition, input, access).then(
        (output) => ({ output }),
        (error: unknown) => ({ error }),
      );
      assert.ok('error' in outcome, `${definition.name} was expected to refuse with ${code}, but answered ${JSON.stringify(outcome)}`);
      const { error } = outcome;
      if (!(error instanceof Failure)) throw error;
      assert.equal(error.code, code, error.message);
      const isDeclared = definition.errors.includes(code) || !code.endsWith('Exception') || undeclared.has(code);
      assert.ok(isDeclared, `${definition.name} does not declare ${code}`);
      assert.match(error.message, /\S/);
      return error;
    },
    close: () => store.close(),
  };
  return controller;
}

/** What any request may meet. */
const undeclared: ReadonlySet<ErrorCode> = new Set([
  'SerializationException',
  'ValidationException',
  'NotFoundException',
  'OperationNotSupportedException',
  'AccessDeniedException',
]);

export async function anApplication(c: TestController, applicationName = 'web'): Promise<string> {
  return (await c.call(registry.createApplication, { applicationName })).applicationId;
}

type GroupInput = Partial<InputOf<typeof registry.createDeploymentGroup>>;

/** Application web with group blue, which selects on-premises instances with Env=prod. */
export async function aGroup(c: TestController, over: GroupInput = {}): Promise<string> {
  if ((await c.call(registry.listApplications, {})).applications.length === 0) await anApplication(c);
  const input = { applicationName: 'web', deploymentGroupName: 'blue', serviceRoleArn: role, ...selecting('Env', 'prod'), ...over };
  return (await c.call(registry.createDeploymentGroup, input)).deploymentGroupId;
}

export function selecting(Key: string, Value: string): Pick<InputOf<typeof registry.createDeploymentGroup>, 'onPremisesInstanceTagFilters'> {
  return { onPremisesInstanceTagFilters: [{ Key, Value, Type: 'KEY_AND_VALUE' }] };
}

/** An enrolled instance with Env=prod; returns its id. */
export async function anInstance(c: TestController, name: string, tags: { Key: string; Value: string }[] = [{ Key: 'Env', Value: 'prod' }]): Promise<string> {
  const row = newInstance(c.services, name, { iamUserArn: null, iamSessionArn: null }, c.now);
  await c.store.transaction(async (tx) => {
    await insertInstance(tx, row);
    await bindAgent(tx, row.instance_id, { publicKey: `key-of-${name}`, agentTags: tags, agentVersion: '1.0.0' }, c.now);
  });
  return row.instance_id;
}

export const digest = (letter: string): string => letter.repeat(64);

/** An upload in the controller's bucket; returns its revision. */
export async function anUpload(c: TestController, key = 'web/v1.zip', sha256 = digest('a'), version = `${key} ${sha256.slice(0, 4)}`) {
  await c.store.transaction((tx) => recordUpload(tx, { bucket: 'fairlead', key, version, sha256, size: 7, bundle_type: 'zip', created_at: c.now }));
  return s3(key);
}

export function s3(key: string, over: { version?: string; eTag?: string; bucket?: string } = {}) {
  return { revisionType: 'S3' as const, s3Location: { bucket: 'fairlead', key, bundleType: 'zip' as const, ...over } };
}

export const gitHub = { revisionType: 'GitHub' as const, gitHubLocation: { repository: 'octo/cat', commitId: '0123456789abcdef0123456789abcdef01234567' } };

type DeploymentInput = Partial<InputOf<typeof registry.createDeployment>>;

/** A deployment of an uploaded bundle to web/blue. */
export async function aDeployment(c: TestController, over: DeploymentInput = {}): Promise<string> {
  const revision = over.revision ?? (await anUpload(c));
  return (await c.call(registry.createDeployment, { applicationName: 'web', deploymentGroupName: 'blue', ...over, revision })).deploymentId;
}

/** What the planner's commits would have written by the end: status, targets, standings, the group's last success. */
export async function end(c: TestController, deploymentId: string, status: 'Succeeded' | 'Failed' | 'Stopped'): Promise<void> {
  const { db } = c.store;
  const row = await db.selectFrom('deployments').selectAll().where('deployment_id', '=', deploymentId).executeTakeFirstOrThrow();
  const { locationKey, revision } = JSON.parse(row.document) as { locationKey: string; revision: unknown };
  await db.updateTable('deployments').set({ status, started_at: c.now, completed_at: c.now }).where('deployment_id', '=', deploymentId).execute();
  const isGood = status === 'Succeeded';
  for (const target of await db.selectFrom('targets').selectAll().where('deployment_id', '=', deploymentId).execute()) {
    await db.updateTable('targets').set({ status: isGood ? 'Succeeded' : 'Failed' }).where('deployment_id', '=', deploymentId).where('target_id', '=', target.target_id).execute();
    const standing = { is_healthy: isGood ? 1 : 0, location_key: isGood ? locationKey : null, deployment_id: deploymentId };
    await db
      .insertInto('group_instances')
      .values({ group_id: row.group_id, instance_id: target.instance_id, ...standing })
      .onConflict((conflict) => conflict.columns(['group_id', 'instance_id']).doUpdateSet(standing))
      .execute();
  }
  if (!isGood) return;
  await db
    .updateTable('deployment_groups')
    .set({ last_successful_deployment_id: deploymentId, target_revision: JSON.stringify(revision) })
    .where('group_id', '=', row.group_id)
    .execute();
}

/** The deployment has started, and none of its targets yet. */
export async function start(c: TestController, deploymentId: string): Promise<void> {
  await c.store.db.updateTable('deployments').set({ status: 'InProgress', started_at: c.now }).where('deployment_id', '=', deploymentId).execute();
}
