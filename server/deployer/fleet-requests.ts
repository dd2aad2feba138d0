// What a fleet provider is asked, as it is written into the effects table, and what its answer says.

import type { Tags } from '../store/documents.ts';
import type { NewEffect } from '../store/effects.ts';

interface FleetRequest {
  /** The same over all attempts, and in the header webhook-id. */
  readonly requestId: string;
  readonly fleetProvider: string;
  readonly deploymentId: string;
  readonly applicationName: string;
  readonly deploymentGroupName: string;
}

export interface ProvisionRequest extends FleetRequest {
  readonly request: 'provision';
  readonly instanceCount: number;
  /** Those that serve now. */
  readonly originals: readonly { readonly instanceName: string; readonly tags: Tags }[];
  /** The new ones are to bear these, or be named. */
  readonly tags: Tags;
  /** By then they must be here. */
  readonly until: string;
}

export interface ReleaseRequest extends FleetRequest {
  readonly request: 'release';
  readonly instances: readonly { readonly instanceName: string; readonly tags: Tags }[];
}

/** Each has a lane of its own: one that is never answered holds up no other. */
export function fleetEffect(kind: 'Provision' | 'Release', of: Pick<NewEffect, 'groupId' | 'deploymentId'>, payload: ProvisionRequest | ReleaseRequest): NewEffect {
  return { effectId: payload.requestId, kind, ...of, farEnd: `fleet provider ${payload.fleetProvider}`, lane: `${kind} ${payload.requestId}`, payload };
}

export interface FleetAnswer {
  readonly instanceNames: readonly string[];
  /** Why it will not; null: it does not say so. */
  readonly failure: string | null;
}

const mostNames = 1000;
const longestFailure = 500;

/** What a webhook answered: JSON with `instances` or `failure`, or anything else, which says no more than that it was taken. */
export function readAnswer(body: string): FleetAnswer {
  const said = parsed(body);
  const failure = typeof said['failure'] === 'string' && said['failure'] !== '' ? said['failure'].slice(0, longestFailure) : null;
  const instances = Array.isArray(said['instances']) ? said['instances'] : [];
  return { instanceNames: instances.slice(0, mostNames).map(nameOf).filter((name) => name !== null), failure };
}

function parsed(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function nameOf(instance: unknown): string | null {
  const name: unknown = typeof instance === 'object' && instance !== null ? (instance as Record<string, unknown>)['instanceName'] : instance;
  return typeof name === 'string' && /^[A-Za-z0-9._+=,@-]{1,100}$/.test(name) ? name : null;
}
