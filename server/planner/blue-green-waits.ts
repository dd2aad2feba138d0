// What a blue/green deployment waits for, and when to look again: what holds its targets, and the step that it is at.

import type { UnseenWeights } from '../../protocol/model/blue-green-waiting.ts';
import type { Waiting } from '../../protocol/model/waiting.ts';
import type { Walk } from './blue-green.ts';
import { countFleet } from './course.ts';
import { deploymentDeadline } from './deadlines.ts';
import { roomToReroute } from './fleet-serving.ts';
import { healthyHosts, roomToStart } from './healthy-hosts.ts';
import type { UnseenWeight } from './shares.ts';
import type { Snapshot } from './snapshot.ts';

/** `ofTargets`: what single targets wait for. */
export function waitForFleets(snapshot: Snapshot, { actions, courses, step }: Walk, ofTargets: { readonly waitingOn: readonly Waiting[]; readonly wakeAt: number | null }): { readonly waitingOn: readonly Waiting[]; readonly wakeAt: number | null } {
  const { blueGreen, minimumHealthyHosts: required } = snapshot.deployment;
  const isForward = blueGreen?.direction === 'forward';
  const incoming = courses.filter(({ target }) => (target.label === 'Green') === isForward);
  const outgoing = courses.filter(({ target }) => (target.label === 'Green') !== isForward && !incoming.some((other) => other.target === target));
  const waitingOn: Waiting[] = [];
  const count = countFleet(incoming);
  const isContinued = blueGreen?.continuedAt !== null || actions.some((action) => action.kind === 'NoteReady' && !action.waits);
  // Whoever waits at a router, or for another target, has the room and cannot use it yet.
  const held = incoming.filter(({ status, traffic, onceElsewhere }) => status === 'Ready' && (traffic !== null || onceElsewhere !== null)).length;
  const [waiting, room] = count.pending > 0 ? [count.pending, roomToStart(count, required)] : isContinued && count.ready > held ? [count.ready, roomToReroute(snapshot, incoming) - held] : [0, 0];
  if (step.kind === 'incoming' && waiting > 0 && room <= 0) waitingOn.push({ reason: 'MinimumHealthyHosts', healthy: healthyHosts(count), required, inFlight: count.inFlight, pending: waiting });
  const staying = outgoing.filter(({ status }) => status === 'Pending').length;
  if (staying > 0) waitingOn.push({ reason: 'OtherFleetFirst', waiting: isForward ? 'Blue' : 'Green', pending: staying });
  const instants = [ofTargets.wakeAt, deploymentDeadline(snapshot)];
  switch (step.kind) {
    case 'ready':
      waitingOn.push({ reason: 'ReadyWait', since: step.since, until: step.until });
      instants.push(step.until);
      break;
    case 'kept':
      waitingOn.push({ reason: 'TerminationWait', since: step.since, until: step.until, isTermination: blueGreen?.releases === true });
      instants.push(step.until);
      break;
    case 'unseen':
      waitingOn.push({ reason: 'ShareUnseen', ...step.place, since: step.since, deadline: step.deadline, routers: unseenWeights(step.unseen) });
      instants.push(step.lookAt);
      break;
    case 'baking':
      waitingOn.push({ reason: 'ShareBaking', ...step.place, since: step.since, until: step.until });
      instants.push(step.until);
      break;
    case 'returning':
      waitingOn.push({ reason: 'TrafficReturning', since: step.hold.since, until: step.hold.until, routers: unseenWeights(step.hold.unseen) });
      return { waitingOn: [...waitingOn, ...ofTargets.waitingOn], wakeAt: Math.min(...[ofTargets.wakeAt, step.hold.until, deploymentDeadline(snapshot)].filter((instant) => instant !== null && instant > snapshot.now).map(Number)) };
    case 'unserved':
      waitingOn.push({ reason: 'TooFewServing', serving: step.serving.serving, required: step.serving.required, inFlight: 0, pending: staying, missing: step.serving.missing.map(({ targetId }) => targetId).toSorted() });
      instants.push(step.serving.until);
      break;
    default:
  }
  return { waitingOn: [...waitingOn, ...ofTargets.waitingOn], wakeAt: Math.min(...instants.filter((instant) => instant !== null)) };
}

/** By router, those that can be asked with whose weights they are. */
function unseenWeights(unseen: readonly UnseenWeight[]): UnseenWeights {
  const routers = [...new Set(unseen.map(({ route }) => route.router))].toSorted();
  return routers.map((router) => {
    const here = unseen.filter(({ route }) => route.router === router);
    const trouble = here.find(({ route }) => route.trouble !== null)?.route.trouble?.message;
    return { router, targetIds: here.map(({ targetId }) => targetId).toSorted(), ...(trouble === undefined ? {} : { trouble }) };
  });
}
