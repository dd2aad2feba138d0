// What an instance is called at a balancer, and where it is: for balancers that have to be told. Pure.

import { RouterTrouble, type RoutedTarget } from './traffic-router.ts';

/** By the tag that the settings name; the instance's own name where it has none, or none is named. */
export function memberName({ targetId, tags }: RoutedTarget, tagKey: string | null): string {
  return valueOf(tags, tagKey) ?? targetId;
}

export interface MemberPlace {
  readonly port: number | null;
  readonly portTagKey: string | null;
  readonly addressTagKey: string | null;
}

/** Throws RouterTrouble where it cannot be told. */
export function placeOf({ targetId, tags, address }: RoutedTarget, place: MemberPlace): { readonly address: string; readonly port: number } {
  const where = valueOf(tags, place.addressTagKey) ?? address;
  if (where === null || !/^[A-Za-z0-9.:_-]{1,255}$/.test(where)) {
    const why = where === null ? 'its agent was never connected' : `"${where}" is none`;
    throw new RouterTrouble(`The address of ${targetId} is not known: ${why}. ${place.addressTagKey === null ? 'Name with addressTagKey a tag that gives it.' : `Give it by its tag ${place.addressTagKey}.`}`, false);
  }
  const written = valueOf(tags, place.portTagKey);
  const port = written === null ? place.port : Number(written);
  if (port === null || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new RouterTrouble(`The port of ${targetId} is not known: ${written === null ? `it has no tag ${place.portTagKey ?? ''}, and the traffic router has no port` : `its tag ${place.portTagKey ?? ''} is "${written}"`}.`, false);
  }
  return { address: where, port };
}

function valueOf(tags: RoutedTarget['tags'], key: string | null): string | null {
  const value = key === null ? undefined : tags.find(({ Key }) => Key === key)?.Value;
  return value === undefined || value === '' ? null : value;
}
