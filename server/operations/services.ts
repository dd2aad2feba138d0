// What handlers may use: the store, the doors, who this controller is, and narrow lines to the parts that act.

import type { InputOf, OutputOf } from '../../protocol/operations/operation.ts';
import type { Waiting } from '../../protocol/model/waiting.ts';
import type { World } from '../../world/world.ts';
import type { RevisionSources } from '../revisions/source.ts';
import type { Store } from '../store/store.ts';
import type { RequestContext } from './handler.ts';

export interface Services {
  readonly store: Store;
  readonly world: World;
  /** For ARNs. */
  readonly region: string;
  readonly accountId: string;
  readonly controllerId: string;
  /** Bucket whose keys are uploads to this controller. */
  readonly ownBucket: string;
  /** Where else bundles may come from; absent: nowhere. */
  readonly sources?: RevisionSources;
  /** Something about the deployment changed: look at it now. Called after the commit. */
  readonly wake: (deploymentId: string) => void;
  readonly isConnected: (instanceId: string) => boolean;
  /** Ends the session of an instance that was deregistered. */
  readonly expel: (instanceId: string) => void;
  readonly explain: (deploymentId: string) => Promise<{ readonly waitingOn: readonly Waiting[]; readonly sentences: readonly string[] }>;
}

/** Behaviour of one operation: checked input in, output as defined (instants in epoch milliseconds) or a Failure thrown. */
export type Handler<Definition> = (services: Services, input: InputOf<Definition>, context: RequestContext) => Promise<OutputOf<Definition>>;

