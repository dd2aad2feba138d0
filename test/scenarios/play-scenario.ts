// Plays a scenario to its end with nothing but the planner, `apply` and scripted agents, and writes down what a reader
// wants to know: what was heard (<), what was decided (>), and why it holds when that changes.

import assert from 'node:assert/strict';
import { waitingSentence } from '../../protocol/model/waiting.ts';
import type { Action, Plan } from '../../server/planner/actions.ts';
import { apply } from '../../server/planner/apply.ts';
import { plan } from '../../server/planner/plan.ts';
import type { Snapshot } from '../../server/planner/snapshot.ts';
import { hear, type Report, reportsOf } from './scripted-fleet.ts';
import type { Scenario } from './read-scenario.ts';

/** The transcript, ending in a newline. Throws when a plan does not settle, breaks the minimum, or nothing ends. */
export function playScenario(scenario: Scenario): string {
  const lines: string[] = [];
  const start = scenario.snapshot.now;
  let snapshot = scenario.snapshot;
  let coming: Report[] = [];
  let stop = scenario.stop;
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
    const stops = stop !== null && start + stop.afterMs <= snapshot.now ? stop : null;
    if (stops !== null) {
      say('<', stops.rollback === true ? 'someone stops the deployment and asks for a rollback' : 'someone stops the deployment');
      snapshot = { ...snapshot, deployment: { ...snapshot.deployment, stopRequestedAt: snapshot.now, stopRollback: stops.rollback } };
      stop = null;
    }

    const next = plan(snapshot);
    const goesOn = new Set(next.actions.flatMap((action) => (action.kind === 'RunEvent' ? [action.targetId] : [])));
    for (const text of gather(heard.flatMap(({ report, counts }) => spellReport(report, counts, goesOn)))) say('<', text);
    for (const text of gather(next.actions.map(spell))) say('>', text);
    snapshot = apply(snapshot, next);
    assertSettled(snapshot, next);
    for (const action of next.actions) {
      if (action.kind !== 'RunEvent') continue;
      coming.push(...reportsOf(action, snapshot.now, scenario.peculiarities.get(action.targetId) ?? { targetId: action.targetId }));
    }

    const why = next.waitingOn.filter((each) => each.reason !== 'LifecycleEvent');
    const nowHolds = JSON.stringify(why.map((each) => (each.reason === 'StopRequested' ? each.reason : each)));
    if (nowHolds !== holds) for (const each of why) say(' ', `(${waitingSentence(each, snapshot.now)})`);
    holds = nowHolds;

    const instants = [...coming.map((report) => report.at), ...(next.wakeAt === null ? [] : [next.wakeAt])];
    if (stop !== null && next.waitingOn.length > 0) instants.push(start + stop.afterMs);
    if (instants.length === 0) return `${lines.join('\n')}\n`;
    snapshot = { ...snapshot, now: Math.min(...instants) };
  }
  throw new Error('The scenario does not end.');
}

function assertSettled(snapshot: Snapshot, before: Plan): void {
  assert.deepEqual(plan(snapshot), { ...before, actions: [] }, 'planning again finds nothing more to do and waits for the same');
  const count = (status: string): number => snapshot.targets.filter((target) => target.status === status).length;
  const { minimumHealthyHosts, status } = snapshot.deployment;
  if (count('InProgress') > 0) assert.ok(snapshot.targets.length - count('Failed') - count('InProgress') >= minimumHealthyHosts, 'the minimum holds');
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
    case 'StartDeployment':
      return ['', 'the deployment starts'];
    case 'StartTarget':
      return [action.targetId, 'start'];
    case 'RunEvent':
      return [action.targetId, `run ${action.event}${action.skipsOnce === true ? ' without its once scripts' : ''}`];
    case 'FailEvent':
      return [action.targetId, `${action.cause === 'OnceFailedElsewhere' ? 'fail' : 'give up on'} ${action.event}: ${action.message}`];
    case 'FinishTarget':
      return [action.targetId, action.status];
    case 'FinishDeployment':
      return ['', `the deployment is ${action.status}${action.error === null ? '' : `, ${action.error.code}: ${action.error.message}`}`];
    case 'CreateRollback':
      return ['', `roll back to what ${action.ofDeploymentId} deployed, because of ${action.because}`];
    case 'NoteNoRollback':
      return ['', action.message];
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
