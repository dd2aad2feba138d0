// Plays a scenario to its end with nothing but the planner, `apply` and scripted agents, and writes down what a reader
// wants to know: what was heard (<), what was decided (>), and why it holds when that changes.

import assert from 'node:assert/strict';
import type { FailureDecision } from '../../protocol/model/guided-failure.ts';
import { waitingSentence } from '../../protocol/model/waiting.ts';
import type { Action, Plan } from '../../server/planner/actions.ts';
import { apply } from '../../server/planner/apply.ts';
import { plan } from '../../server/planner/plan.ts';
import type { Snapshot } from '../../server/planner/snapshot.ts';
import { hear, type Report, reportsOf } from './scripted-fleet.ts';
import type { Scenario } from './read-scenario.ts';
import { see, sightingsOf, type Sighting } from './scripted-router.ts';

/** The transcript, ending in a newline. Throws when a plan does not settle, breaks the minimum, or nothing ends. */
export function playScenario(scenario: Scenario): string {
  const lines: string[] = [];
  const start = scenario.snapshot.now;
  let snapshot = scenario.snapshot;
  let coming: Report[] = [];
  let sightings: Sighting[] = [];
  let stop = scenario.stop;
  let decisions = scenario.decisions;
  let holds = '';
  const say = (mark: string, text: string): unknown => lines.push(`${clock(snapshot.now - start)} ${mark} ${text}`);

  for (let steps = 0; steps < 1000; steps += 1) {
    const due = coming.filter((report) => report.at <= snapshot.now);
    coming = coming.filter((report) => report.at > snapshot.now);
    const heard = due.map((report) => {
      const after = hear(snapshot, report, scenario.onceEvents);
      snapshot = after ?? snapshot;
      return { report, counts: after !== null };
    });
    for (const sighting of sightings.filter(({ at }) => at <= snapshot.now)) {
      const after = see(snapshot, sighting);
      if (after !== null && sighting.askedAt !== null && sighting.state !== 'OutOfService') say('<', `${sighting.targetId}: seen ${sighting.state} at the router`);
      snapshot = after ?? snapshot;
    }
    sightings = sightings.filter(({ at }) => at > snapshot.now);
    const stops = stop !== null && start + stop.afterMs <= snapshot.now ? stop : null;
    if (stops !== null) {
      say('<', stops.rollback === true ? 'someone stops the deployment and asks for a rollback' : 'someone stops the deployment');
      snapshot = { ...snapshot, deployment: { ...snapshot.deployment, stopRequestedAt: snapshot.now, stopRollback: stops.rollback } };
      stop = null;
    }

    for (const { targetId, decision } of decisions.filter(({ afterMs }) => start + afterMs <= snapshot.now)) {
      say('<', `someone decides about ${targetId}: ${decision}`);
      snapshot = decideOn(snapshot, targetId, decision);
    }
    decisions = decisions.filter(({ afterMs }) => start + afterMs > snapshot.now);

    const next = plan(snapshot);
    const goesOn = new Set(next.actions.flatMap((action) => (action.kind === 'RunEvent' ? [action.targetId] : [])));
    for (const text of gather(heard.flatMap(({ report, counts }) => spellReport(report, counts, goesOn)))) say('<', text);
    for (const text of gather(next.actions.map(spell))) say('>', text);
    snapshot = apply(snapshot, next);
    assertSettled(snapshot, next);
    sightings.push(...next.actions.flatMap((action) => sightingsOf(action, snapshot, (targetId) => scenario.routerPeculiarities.get(targetId) ?? {})));
    for (const action of next.actions) {
      if (action.kind !== 'RunEvent') continue;
      const isRetry = next.actions.some((other) => other.kind === 'RetryEvent' && other.targetId === action.targetId);
      coming.push(...reportsOf(action, snapshot.now, scenario.peculiarities.get(action.targetId) ?? { targetId: action.targetId }, isRetry));
    }

    const why = next.waitingOn.filter((each) => each.reason !== 'LifecycleEvent');
    const nowHolds = JSON.stringify(why.map((each) => (each.reason === 'StopRequested' ? each.reason : each)));
    if (nowHolds !== holds) for (const each of why) say(' ', `(${waitingSentence(each, snapshot.now)})`);
    holds = nowHolds;

    const instants = [...coming.map((report) => report.at), ...sightings.map(({ at }) => at), ...(next.wakeAt === null ? [] : [next.wakeAt])];
    if (stop !== null && next.waitingOn.length > 0) instants.push(start + stop.afterMs);
    if (next.waitingOn.length > 0) instants.push(...decisions.map(({ afterMs }) => start + afterMs));
    if (instants.length === 0) return `${lines.join('\n')}\n`;
    snapshot = { ...snapshot, now: Math.min(...instants) };
  }
  throw new Error('The scenario does not end.');
}

/** Throws when nobody is asked about it. */
function decideOn(snapshot: Snapshot, targetId: string, decision: FailureDecision): Snapshot {
  const held = snapshot.targets.find((target) => target.targetId === targetId)?.events.find((event) => event.held !== undefined);
  if (held?.held === undefined) throw new Error(`Nobody is asked about ${targetId}.`);
  const decided = { ...held, held: { ...held.held, decision } };
  return { ...snapshot, targets: snapshot.targets.map((target) => (target.targetId === targetId ? { ...target, events: target.events.map((event) => (event === held ? decided : event)) } : target)) };
}

function assertSettled(snapshot: Snapshot, before: Plan): void {
  assert.deepEqual(plan(snapshot), { ...before, actions: [] }, 'planning again finds nothing more to do and waits for the same');
  const count = (status: string): number => snapshot.targets.filter((target) => target.status === status).length;
  const { minimumHealthyHosts, status } = snapshot.deployment;
  const leftOut = snapshot.targets.filter(({ status: how, events }) => how === 'Skipped' && events.some(({ held }) => held?.decision === 'SKIP')).length;
  if (count('InProgress') > 0) assert.ok(snapshot.targets.length - count('Failed') - count('InProgress') - leftOut >= minimumHealthyHosts, 'the minimum holds');
  if (status === 'Failed' || status === 'Stopped' || status === 'Succeeded') assert.equal(count('InProgress') + count('Pending'), 0, 'every target has ended');
}

/** Left out is what goes without saying: that a command was accepted, that an event succeeded whose next one is now run. */
function spellReport({ targetId, event, says }: Report, counts: boolean, goesOn: ReadonlySet<string>): (readonly [string, string])[] {
  if (!counts) return [[targetId, `${event} ${says}, too late to count`]];
  if (says === 'silent') return [[targetId, 'its agent falls silent']];
  if (says === 'accepted' || (says === 'succeeded' && goesOn.has(targetId))) return [];
  return [[targetId, `${event} ${says}`]];
}

/** Whom it is about ('' for the deployment), and what. */
function spell(action: Action): readonly [string, string] {
  switch (action.kind) {
    case 'QueueDeployment':
      return ['', 'the deployment is queued'];
    case 'StartDeployment':
      return ['', 'the deployment starts'];
    case 'StartTarget':
      return [action.targetId, 'start'];
    case 'RunEvent':
      return [action.targetId, `run ${action.event}${action.skipsOnce === true ? ' without its once scripts' : ''}`];
    case 'FailEvent':
      return [action.targetId, `${action.cause === 'OnceFailedElsewhere' ? 'fail' : 'give up on'} ${action.event}: ${action.message}`];
    case 'HoldFailure':
      return [action.targetId, `ask what to do about ${action.event}`];
    case 'RetryEvent':
      return [action.targetId, `${action.event} is tried again`];
    case 'FinishTarget':
      return [action.targetId, action.status];
    case 'BlockTraffic':
      return [action.targetId, action.isForced ? 'cut off what is still under way' : 'ask the routers for no new requests'];
    case 'AllowTraffic':
      return [action.targetId, 'ask the routers for requests again'];
    case 'PassTraffic':
      return [action.targetId, action.event === 'BlockTraffic' ? 'out of rotation' : 'in rotation'];
    case 'LetBackIn':
      return [action.targetId, 'let back into rotation, untouched'];
    case 'ShiftTraffic':
      return ['', `on to step ${action.step + 1} of the traffic`];
    case 'SetWeights':
      return ['', `ask the routers for the weights ${action.weights.map(({ targetId, weight }) => `${targetId} ${weight}`).join(', ')}`];
    case 'NoteShare':
      return ['', 'the traffic is seen to be shared so'];
    case 'ReturnTraffic':
      return ['', 'all of the traffic is to return'];
    case 'LeaveRotation':
      return ['', `out of rotation again: ${action.targetIds.join(', ')}`];
    case 'KeepOut':
      return [action.targetId, 'kept out of rotation'];
    case 'HoldBack':
      return [action.targetId, 'no request is to reach it'];
    case 'ReadyTarget':
      return [action.targetId, 'Ready'];
    case 'RerouteTarget':
      return [action.targetId, 'its turn to come into rotation'];
    case 'ProvisionInstances':
      return ['', `ask ${action.fleetProvider} for ${action.wanted} instances`];
    case 'NoteReady':
      return ['', action.waits ? 'the replacement instances are ready; somebody has to continue' : 'the replacement instances are ready'];
    case 'Reroute':
      return ['', 'the deployment goes on'];
    case 'MoveGroup':
      return ['', `the ${action.to} instances are the group`];
    case 'NoteMoved':
      return ['', 'the original instances are out of rotation, and are kept'];
    case 'ReleaseInstances':
      return ['', `release ${action.targetIds.join(', ')}`];
    case 'Bake':
      return ['', 'the stage is done and is watched'];
    case 'OpenStage':
      return ['', 'the stage is behind'];
    case 'FinishDeployment':
      return ['', `the deployment is ${action.status}${action.error === null ? '' : `, ${action.error.code}: ${action.error.message}`}`];
    case 'CreateRollback':
      return ['', `roll back to what ${action.ofDeploymentId} deployed, because of ${action.because}`];
    case 'NoteNoRollback':
      return ['', action.message];
    case 'StopForAlarms':
      return ['', `stop because of alarm ${action.alarms.join(', ')}`];
    case 'NoteAlarm':
      return ['', action.message];
    case 'WatchAlarms':
      return ['', 'every instance is done; the alarms are watched'];
    case 'Notify':
      return ['', `tell ${action.trigger} of ${action.event}${action.aboutTargetId === null ? '' : ` of ${action.aboutTargetId}`}`];
  }
}

/** One line for all targets of whom the same is said, in the order first said. */
function gather(said: readonly (readonly [string, string])[]): string[] {
  const byText = new Map<string, string[]>();
  for (const [who, text] of said) byText.set(text, [...(byText.get(text) ?? []), who]);
  return [...byText].map(([text, who]) => (who[0] === '' ? text : `${who.join(' ')}: ${text}`));
}

function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`.padStart(6);
}
