// Fetches the bundles that deployments wait for. The row is the request: a deployment without bundle and defect is
// unresolved, whoever created it and however often the controller was started since. Each is asked about once at a time,
// and two deployments of one location share the asking; a few locations at once, the others wait their turn.

import { Failure } from '../../protocol/errors.ts';
import type { RevisionLocation } from '../../protocol/model/revision.ts';
import type { World } from '../../world/world.ts';
import { findDeployment, finalStatuses } from '../store/deployments.ts';
import { DeploymentDocument, readDocument, writeDocument } from '../store/documents.ts';
import type { Store } from '../store/store.ts';
import type { DeploymentsTable } from '../store/tables.ts';
import { describeLocation, locationKey } from './location.ts';
import { type Bundle, sourceOf } from './registry.ts';
import { signedBundle } from './signature.ts';
import { type RevisionSource, type RevisionSources, SourceTrouble } from './source.ts';
import type { Intake } from './uploads.ts';

export interface ResolverParts {
  readonly store: Store;
  readonly world: Pick<World, 'clock' | 'log'>;
  readonly sources: RevisionSources;
  readonly intake: Intake;
  /** The row was changed: look at the deployment again. */
  readonly resolved: (deploymentId: string) => void;
  readonly limits?: Partial<ResolverLimits>;
}

export interface ResolverLimits {
  /** Pauses between tries; one try more than there are pauses. */
  readonly pausesMs: readonly number[];
  /** All tries of one location must end within this time. */
  readonly wholeMs: number;
  readonly atOnce: number;
}

export interface Resolver {
  /** Sees to it that an unresolved deployment becomes resolved. Any number of times; returns at once. */
  resolve(deploymentId: string): void;
  /** Gives up what is under way; the rows stay unresolved for the next start. */
  close(): Promise<void>;
}

type Resolution =
  | { readonly kind: 'bundle'; readonly bundle: Bundle; readonly note: string | null }
  | { readonly kind: 'defect'; readonly defect: NonNullable<DeploymentDocument['defect']> };

const defaultLimits: ResolverLimits = { pausesMs: [1_000, 5_000, 20_000], wholeMs: 30 * 60_000, atOnce: 4 };

export function makeResolver(parts: ResolverParts): Resolver {
  const { store, world, intake } = parts;
  const limits = { ...defaultLimits, ...parts.limits };
  const log = world.log.child({ room: 'revisions' });
  const leaving = new AbortController();
  const deployments = new Map<string, Promise<void>>();
  const locations = new Map<string, Promise<Resolution>>();
  const queue: (() => void)[] = [];
  let busy = 0;

  async function work(deploymentId: string): Promise<void> {
    const row = await findDeployment(store.db, deploymentId);
    const document = row === null ? null : unresolved(row);
    if (document === null) return;
    const resolution = await share(document.revision, document.locationKey);
    if (leaving.signal.aborted) return;
    await store.transaction(async (tx) => {
      const now = await findDeployment(tx, deploymentId);
      const current = now === null ? null : unresolved(now);
      if (now === null || current === null) return;
      // The version grows, so that a plan made before is made again.
      await tx
        .updateTable('deployments')
        .set({ version: now.version + 1, document: writeDocument(DeploymentDocument, settled(current, resolution), `deployment ${deploymentId}`) })
        .where('deployment_id', '=', deploymentId)
        .execute();
    });
    log.info({ deploymentId, resolution }, 'a revision was resolved');
    parts.resolved(deploymentId);
  }

  function share(location: RevisionLocation, key: string): Promise<Resolution> {
    const underway = locations.get(key) ?? inTurn(() => resolveLocation(location)).finally(() => locations.delete(key));
    locations.set(key, underway);
    return underway;
  }

  async function inTurn<Answer>(act: () => Promise<Answer>): Promise<Answer> {
    if (busy >= limits.atOnce) await new Promise<void>((go) => queue.push(go));
    else busy += 1;
    try {
      return await act();
    } finally {
      const next = queue.shift();
      if (next === undefined) busy -= 1;
      else next();
    }
  }

  async function resolveLocation(location: RevisionLocation): Promise<Resolution> {
    const source = sourceOf(location, parts.sources);
    if (source === null) {
      return { kind: 'defect', defect: { code: 'REVISION_MISSING', message: `${describeLocation(location)} cannot be fetched: this controller is not configured for ${location.revisionType} any more.` } };
    }
    if (source.isPinned(location)) {
      const known = await intake.find(locationKey(location));
      if (known !== null) return { kind: 'bundle', bundle: known, note: null };
    }
    const hurry = new AbortController();
    const signal = AbortSignal.any([hurry.signal, leaving.signal]);
    const timer = world.clock.after(limits.wholeMs, () => hurry.abort());
    try {
      return await tryAgain(source, location, signal, hurry.signal);
    } finally {
      timer.cancel();
    }
  }

  async function tryAgain(source: RevisionSource, location: RevisionLocation, signal: AbortSignal, hurry: AbortSignal): Promise<Resolution> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return { kind: 'bundle', ...(await intake.takeIn(source, location, signal)) };
      } catch (error) {
        const trouble = hurry.aborted ? new SourceTrouble('REVISION_MISSING', `${describeLocation(location)} was not here within ${Math.round(limits.wholeMs / 60_000)} min. Check how fast its source answers this controller.`) : asTrouble(error, location);
        const pauseMs = limits.pausesMs[attempt];
        if (!trouble.mayRetry || pauseMs === undefined || signal.aborted) return { kind: 'defect', defect: { code: trouble.code, message: trouble.message } };
        log.warn({ revision: describeLocation(location), trouble: trouble.message, againInMs: pauseMs }, 'a bundle could not be fetched; it is tried again');
        await world.clock.sleep(pauseMs, signal).catch(() => undefined);
      }
    }
  }

  return {
    resolve(deploymentId) {
      if (leaving.signal.aborted || deployments.has(deploymentId)) return;
      const turn = work(deploymentId)
        .catch((error: unknown) => log.error({ deploymentId, error: String(error instanceof Error ? error.stack : error) }, 'a revision could not be resolved; it is tried again at the next look'))
        .finally(() => deployments.delete(deploymentId));
      deployments.set(deploymentId, turn);
    },
    async close() {
      leaving.abort();
      await Promise.all(deployments.values());
    },
  };
}

/** The document of a deployment that is not over and still has neither bundle nor defect, else null. */
function unresolved(row: DeploymentsTable): DeploymentDocument | null {
  if (finalStatuses.includes(row.status)) return null;
  const document = readDocument(DeploymentDocument, row.document, `deployment ${row.deployment_id}`);
  return document.bundle === null && document.defect === null ? document : null;
}

function settled(document: DeploymentDocument, resolution: Resolution): DeploymentDocument {
  if (resolution.kind === 'defect') return { ...document, defect: resolution.defect };
  const signed = signedBundle(resolution.bundle, document.signature);
  if (signed.kind === 'defect') return { ...document, defect: signed.defect };
  const statusMessages = [...(document.statusMessages ?? []), ...(resolution.note === null ? [] : [resolution.note])];
  return { ...document, bundle: signed.bundle, statusMessages };
}

/** What the disk does is said, too: better a deployment that ends with a reason than one that waits for ever. */
function asTrouble(error: unknown, location: RevisionLocation): SourceTrouble {
  if (error instanceof SourceTrouble) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Failure) return new SourceTrouble('INVALID_REVISION', `${describeLocation(location)} cannot be deployed: ${message}`);
  return new SourceTrouble('REVISION_MISSING', `${describeLocation(location)} could not be fetched and stored: ${message}`, true);
}
