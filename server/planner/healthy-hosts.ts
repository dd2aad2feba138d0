// How many hosts must stay healthy, and how many more may therefore be taken now. Integers only: a percentage rounds
// up, once, when the deployment is created. Hosts in flight count as healthy until they fail, but each one takes room.

import type { FleetCount } from './course.ts';

export interface MinimumHealthyHostsRule {
  readonly type: 'MOST_CONCURRENCY' | 'HOST_COUNT' | 'FLEET_PERCENT';
  /** Hosts at once, hosts, or whole percent. */
  readonly value: number;
}

/**
 * M for a fleet of `fleetSize` targets. It may be as large as the fleet or larger; such a deployment is refused by the
 * planner, not here. Throws when a number is not a whole number of at least 0.
 */
export function minimumHealthyHosts(rule: MinimumHealthyHostsRule, fleetSize: number): number {
  if (!isCount(rule.value) || !isCount(fleetSize)) {
    throw new Error(`Minimum healthy hosts takes whole numbers of at least 0, not ${rule.type} ${rule.value} of ${fleetSize}.`);
  }
  switch (rule.type) {
    case 'MOST_CONCURRENCY':
      return Math.max(0, fleetSize - rule.value);
    case 'HOST_COUNT':
      return rule.value;
    case 'FLEET_PERCENT':
      return Math.floor((fleetSize * rule.value + 99) / 100);
  }
}

/** How many more targets may be started; 0 or less when none. */
export function roomToStart(fleet: FleetCount, minimum: number): number {
  return healthyHosts(fleet) - minimum - fleet.inFlight;
}

/** Hosts still counted on: all that have not failed in this deployment, those in flight included; not those left out. */
export function healthyHosts(fleet: FleetCount): number {
  return fleet.total - fleet.failed - fleet.leftOut;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
