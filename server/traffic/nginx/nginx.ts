// nginx, whose members are a file that the agent on its host writes and reloads nginx for. A member is blocked when no worker is
// left that knows it otherwise: how many requests each member has nobody can see, so the ends of the workers of before are waited
// for. nginx has no health check of its own: a member that is allowed gets requests at once, and the deployment's readiness check
// is the only gate.

import type { NginxLimits, NginxMember, NginxSight } from '../../../protocol/session/nginx.ts';
import type { Clock } from '../../../world/clock.ts';
import { memberName, placeOf, type MemberPlace } from '../member.ts';
import { ofAll, seenAsOne } from '../seen-as-one.ts';
import { RouterTrouble, type Observation, type RoutedTarget, type TrafficRouter } from '../traffic-router.ts';
import { gatherChanges, type Change } from './changes.ts';
import { nginxFindings } from './findings.ts';
import type { NginxLine } from './line.ts';

export interface NginxSettings extends MemberPlace {
  readonly memberTagKey: string | null;
  readonly limits: NginxLimits;
}

export function nginxRouter(settings: NginxSettings, lines: readonly NginxLine[], clock: Pick<Clock, 'sleep'>): TrafficRouter {
  const balancers = lines.map((line) => ({ line, changes: gatherChanges(line, settings.limits, clock) }));
  const nameOf = (target: RoutedTarget): string => memberName(target, settings.memberTagKey);
  const change = async (make: Change, signal: AbortSignal): Promise<void> => void (await ofAll(balancers, ({ changes }) => changes.make(make, signal)));

  return {
    capabilities: { weights: 'member', drain: 'processExit' },
    preflight: async (targets, signal) => {
      for (const target of targets) placeOf(target, settings);
      return (await ofAll(lines, async (line) => nginxFindings(line.name, await line.inspect(signal), settings.limits))).flat();
    },
    async block(targets, _how, signal) {
      const names = new Set(targets.map(nameOf));
      await change((members) => members.map((member) => (names.has(member.name) ? { ...member, isBlocked: true } : member)), signal);
    },
    async allow(targets, signal) {
      const allowed = targets.map((target) => ({ name: nameOf(target), ...placeOf(target, settings) }));
      await change((members) => allowed.reduce((all, one) => put(all, one.name, (before) => ({ ...one, share: before?.share ?? 100, isBlocked: false })), members), signal);
    },
    async setWeights(weights, targets, signal) {
      const weighed = targets.filter(({ targetId }) => weights.has(targetId)).map((target) => ({ name: nameOf(target), ...placeOf(target, settings), share: weights.get(target.targetId)! }));
      // One that is not among the members yet is not let in by having a share.
      await change((members) => weighed.reduce((all, one) => put(all, one.name, (before) => ({ ...one, isBlocked: before?.isBlocked ?? true })), members), signal);
    },
    async observe(targets, signal) {
      const sights = await Promise.all(lines.map((line) => line.look(signal).catch((error: unknown) => {
        if (error instanceof RouterTrouble) return error;
        throw error;
      })));
      return new Map(targets.map((target) => [target.targetId, seenAsOne(lines.map((line, index) => observed(line.name, nameOf(target), sights[index]!)))]));
    },
  };
}

function put(members: readonly NginxMember[], name: string, make: (before: NginxMember | undefined) => NginxMember): readonly NginxMember[] {
  const before = members.find((member) => member.name === name);
  return before === undefined ? [...members, make(before)] : members.map((member) => (member === before ? make(before) : member));
}

function observed(where: string, name: string, sight: NginxSight | RouterTrouble): Observation {
  if (sight instanceof RouterTrouble) return { state: 'Unknown', inFlight: null, weight: null, detail: sight.message };
  if (!sight.isRunning) return { state: 'Unknown', inFlight: null, weight: null, detail: `nginx on ${where} does not run.` };
  const member = sight.members.find((one) => one.name === name);
  const weight = member?.share ?? null;
  const isBlocked = member === undefined || member.isBlocked;
  if (!isBlocked) return { state: 'InService', inFlight: null, weight, detail: `nginx on ${where}: ${name} is a member at ${member.address}:${member.port}.` };
  const what = `nginx on ${where}: ${name} is ${member === undefined ? 'no member' : 'down'}`;
  if (sight.oldWorkers === 0 || wasBlocked(name, sight)) return { state: 'OutOfService', inFlight: 0, weight, detail: `${what}.` };
  const held = sight.oldConnections === null ? '' : `, with ${sight.oldConnections} connections`;
  return { state: 'Draining', inFlight: sight.oldConnections, weight, detail: `${what}; ${sight.oldWorkers} workers of before still run${held}. worker_shutdown_timeout bounds that.` };
}

/** Whether the old workers do not know it either. */
function wasBlocked(name: string, { formerMembers }: NginxSight): boolean {
  if (formerMembers === null) return false;
  const former = formerMembers.find((one) => one.name === name);
  return former === undefined || former.isBlocked || former.share === 0;
}
