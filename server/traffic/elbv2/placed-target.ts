// A member as a target group names it: an instance by its id, or an address. Pure.

import { RouterTrouble, type RoutedTarget } from '../traffic-router.ts';
import type { TargetDescription } from './sdk.ts';

export interface TargetPlace {
  /** Null: the target group's own. */
  readonly port: number | null;
  readonly portTagKey: string | null;
  readonly addressTagKey: string | null;
  /** For addresses outside of the target group's VPC: `all`. */
  readonly availabilityZone: string | null;
}

/** Throws RouterTrouble where the target group can have no such member. */
export function placedTarget(target: RoutedTarget, targetType: string | undefined, place: TargetPlace): TargetDescription {
  const { targetId, tags } = target;
  const tag = (key: string | null): string | undefined => (key === null ? undefined : tags.find(({ Key }) => Key === key)?.Value);
  const written = tag(place.portTagKey);
  const port = written === undefined || written === '' ? place.port : Number(written);
  if (port !== null && !(Number.isInteger(port) && port >= 1 && port <= 65_535)) throw new RouterTrouble(`The tag ${place.portTagKey ?? ''} of ${targetId} is "${written ?? ''}", which is no port.`, false);
  const at = port === null ? {} : { Port: port };
  if (targetType === 'instance') {
    if (targetId.startsWith('i-')) return { Id: targetId, ...at };
    throw new RouterTrouble(`${targetId} is no EC2 instance, and its target group takes instances by their ids. Use one of the target type ip.`, false);
  }
  if (targetType !== 'ip') throw new RouterTrouble(`Its target group is of the target type ${targetType ?? 'nobody knows'}; members can be of instance and ip.`, false);
  const address = tag(place.addressTagKey) ?? target.address;
  if (address === null) throw new RouterTrouble(`The address of ${targetId} is not known: its agent was never connected. Give it by a tag, and name that with addressTagKey.`, false);
  return { Id: address, ...at, ...(place.availabilityZone === null ? {} : { AvailabilityZone: place.availabilityZone }) };
}
