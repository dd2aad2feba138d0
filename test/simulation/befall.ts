// Faults as they befall a fleet, and how everything heals in the end.

import type { Fault } from './faults.ts';
import type { Fleet } from './fleet.ts';

export function schedule(fleet: Fleet, fault: Fault): void {
  fleet.clock.after(fault.atMs, () => befall(fleet, fault));
}

function befall(fleet: Fleet, fault: Fault): void {
  switch (fault.kind) {
    case 'killAgent':
    case 'rebootHost': {
      const member = fleet.members[fault.host]!;
      if (fault.kind === 'killAgent') fleet.killAgent(member);
      else fleet.rebootHost(member);
      fleet.clock.after(fault.backAfterMs, () => fleet.startAgent(member));
      return;
    }
    case 'killController':
      fleet.killController();
      fleet.clock.after(fault.backAfterMs, () => fleet.restartController());
      return;
    case 'breakConnections':
      return fleet.network.breakAll(fleet.members[fault.host]!.host.name);
    case 'cutHost': {
      const { name } = fleet.members[fault.host]!.host;
      fleet.note(`${name} is cut off`);
      fleet.network.cut(name);
      fleet.clock.after(fault.backAfterMs, () => {
        fleet.note(`${name} is reachable again`);
        fleet.network.heal(name);
      });
      return;
    }
    case 'loseAgent': {
      const member = fleet.members[fault.host]!;
      fleet.killAgent(member);
      member.isLost = true;
      member.wasLost = true;
      return;
    }
    case 'stepHost': {
      const { host, wall } = fleet.members[fault.host]!;
      fleet.note(`the wall clock of ${host.name} is stepped by ${fault.byMs} ms`);
      wall.aheadMs += fault.byMs;
      return;
    }
    case 'stepController':
      fleet.note(`the wall clock of the controller is stepped by ${fault.byMs} ms`);
      fleet.wall.aheadMs += fault.byMs;
      return;
    case 'reloadBalancer':
      return fleet.balancer.reload(fault.node % fleet.balancer.nodes);
    default:
      fault satisfies never;
  }
}

/** Nothing goes wrong any more, clocks are put right, and whoever is down comes back. */
export function heal(fleet: Fleet): void {
  fleet.note('everything heals');
  fleet.network.faults = { ...fleet.network.faults, breaks: 0 };
  fleet.endCrashes();
  fleet.wall.aheadMs = 0;
  fleet.restartController();
  for (const member of fleet.members) {
    member.wall.aheadMs = 0;
    member.isLost = false;
    fleet.network.heal(member.host.name);
    fleet.startAgent(member);
  }
}
