// What handlers may use: the store, the doors, who this controller is, and narrow lines to the parts that act.

import type { Rotation } from '../fleet/key-rotation.ts';
import type { InputOf, OutputOf } from '../../protocol/operations/operation.ts';
import type { PromotionWaiting } from '../../protocol/model/promotion-waiting.ts';
import type { Waiting } from '../../protocol/model/waiting.ts';
import type { KeyRing, SecretBox } from '../access-keys.ts';
import type { World } from '../../world/world.ts';
import type { Presence } from '../deployer/load-snapshot.ts';
import type { TrafficRouters } from '../deployer/traffic-routers.ts';
import type { OwnBuckets } from '../revisions/buckets.ts';
import type { RevisionSources } from '../revisions/source.ts';
import type { Store } from '../store/store.ts';
import type { HandlerContext } from './handler.ts';

export interface Services {
  readonly store: Store;
  readonly world: World;
  /** For ARNs. */
  readonly region: string;
  readonly accountId: string;
  readonly controllerId: string;
  /** Buckets whose keys are uploads to this controller. */
  readonly buckets: OwnBuckets;
  /** Where else bundles may come from; absent: nowhere. */
  readonly sources?: RevisionSources;
  /** What join tokens carry of the controller's own authority; null: it has none. */
  readonly authorityPin: string | null;
  readonly keyRing: KeyRing;
  /** Seals what is stored and never shown; what is sealed for one thing opens for no other. */
  readonly secrets: SecretBox;
  /** Why nothing can be a trigger's target that is written like this, or null. */
  readonly whyNotTriggerTarget: (target: string) => string | null;
  /** Why no signed request may go to this address, or null. */
  readonly whyNotWebhook: (url: string) => string | null;
  readonly trafficRouters: TrafficRouters;
  /** What routers' settings are like may have changed: they are asked. Called after the commit. */
  readonly inspectRouters: () => void;
  /** There is something new among the effects. Called after the commit. */
  readonly carryOut: () => void;
  /** Something about the deployment changed: look at it now. Called after the commit. */
  readonly wake: (deploymentId: string) => void;
  /** Something about the promotion changed: look at it now. Called after the commit. */
  readonly wakePromotion: (promotionId: string) => void;
  /** Something changed that many deployments may wait for. Called after the commit. */
  readonly wakeAll: () => void;
  /** Who belongs to which group may have changed: late instances are looked for. Called after the commit. */
  readonly lookForLate: () => void;
  /** What waits to be let go may be so now. Called after the commit. */
  readonly lookForReleases: () => void;
  readonly isConnected: (instanceId: string) => boolean;
  /** What is known beside the store: whom the planner would find there. */
  readonly presence: Presence;
  /** Ends the session of an instance that was deregistered, or whose key was revoked. */
  readonly expel: (instanceId: string, why?: 'deregistered' | 'keyRevoked') => void;
  /** Has the agent make itself a new key. Resolves when it is stored, or with why it is not. */
  readonly rotateKey: (instanceId: string) => Promise<Rotation>;
  readonly explain: (deploymentId: string) => Promise<{ readonly waitingOn: readonly Waiting[]; readonly sentences: readonly string[] }>;
  readonly explainPromotion: (promotionId: string) => Promise<{ readonly waitingOn: readonly PromotionWaiting[]; readonly sentences: readonly string[] }>;
}

/** Behaviour of one operation: checked input in, output as defined (instants in epoch milliseconds) or a Failure thrown. */
export type Handler<Definition> = (services: Services, input: InputOf<Definition>, context: HandlerContext) => Promise<OutputOf<Definition>>;

