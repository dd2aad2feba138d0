import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { EventState, Snapshot } from '../../server/planner/snapshot.ts';
import type { RouteState } from '../../server/planner/traffic-state.ts';
import { aTarget, hour, minute, noon, second } from '../builders/a-snapshot.ts';
import { aRoute, aTargetWithTraffic, aTrafficSnapshot, drained, inPlaceWithTraffic, inService, rules, running } from '../builders/a-traffic-snapshot.ts';
import { actionsOf, decide, messageOf, verdictOf } from './decide.ts';

const fails = 'deployment Failed HEALTH_CONSTRAINTS';

describe('a target behind a router', () => {
  const at = (event: string, state: Partial<EventState>, routes: readonly RouteState[] = [drained]) => aTrafficSnapshot({ targets: [aTargetWithTraffic('i-1', event, state, routes)] });
  const seen = { observedAt: noon - second, state: 'InService' as const };

  it('goes through the events in CodeDeploy’s order', () => {
    const snapshot = aTrafficSnapshot({ targets: [aTarget('i-1', { routes: [aRoute(null, 'InService', { askedAt: null, takenAt: null })] })] });
    const start = decide(snapshot).actions.find((action) => action.kind === 'StartTarget');
    assert.deepEqual(start?.kind === 'StartTarget' && start.events, [
      'BeforeBlockTraffic', 'BlockTraffic', 'AfterBlockTraffic', 'ApplicationStop', 'DownloadBundle', 'BeforeInstall', 'Install', 'AfterInstall', 'ApplicationStart', 'ValidateService', 'BeforeAllowTraffic', 'AllowTraffic', 'AfterAllowTraffic',
    ]);
    assert.deepEqual(start?.kind === 'StartTarget' && start.events, inPlaceWithTraffic);
  });

  it('is taken out once its own hook for that has ended', () => {
    assert.deepEqual(actionsOf(at('BlockTraffic', {}, [aRoute(null, 'InService')])), ['i-1 block']);
  });

  it('is out when every router is seen to have no request under way to it, and its hooks go on at once', () => {
    assert.deepEqual(actionsOf(at('BlockTraffic', running, [drained, { ...drained, router: 'api' }])), ['i-1 passed BlockTraffic', 'i-1 run AfterBlockTraffic #2']);
  });

  it('is not out for less', () => {
    const notYet: [string, Partial<RouteState>][] = [
      ['not taken', { takenAt: null }],
      ['never seen', { observedAt: null, state: null }],
      ['seen before it was taken', { observedAt: noon - 9.5 * second }],
      ['requests under way', { state: 'Draining', inFlight: 1 }],
      ['out, but with a request under way', { inFlight: 1 }],
      ['in service', { state: 'InService' }],
      ['unhealthy', { state: 'Unhealthy' }],
      ['a node that cannot be asked', { state: 'Unknown' }],
      ['a router that cannot be asked', { trouble: { message: 'No answer.', isFinal: false } }],
    ];
    for (const [what, route] of notYet) {
      assert.deepEqual(actionsOf(at('BlockTraffic', running, [drained, { ...drained, router: 'api', ...route }])), [], what);
      const { waitingOn } = decide(at('BlockTraffic', running, [drained, { ...drained, router: 'api', ...route }]));
      assert.deepEqual(waitingOn.map((waiting) => [waiting.reason, 'router' in waiting && waiting.router]), [['Draining', 'api']], what);
    }
  });

  it('is not believed to be out by a controller that has not looked itself since it started', () => {
    const snapshot: Snapshot = { ...at('BlockTraffic', running), listeningSince: noon - 500 };
    assert.deepEqual(actionsOf(snapshot), []);
    assert.deepEqual(actionsOf({ ...snapshot, listeningSince: noon - 2 * second }), ['i-1 passed BlockTraffic', 'i-1 run AfterBlockTraffic #2']);
  });

  it('fails untouched and is let back in when it does not drain in time', () => {
    const snapshot = at('BlockTraffic', { ...running, commandedAt: noon - rules.drainMs }, [aRoute('Blocked', 'Draining')]);
    assert.deepEqual(actionsOf(snapshot), ['i-1 fail BlockTraffic #1 DrainTimeout', 'i-1 let back in', 'i-1 Failed', fails]);
    assert.match(JSON.stringify(decide(snapshot).actions), /web: Draining, 2 under way.*was not touched/);
  });

  it('is cut off in time where the group says so, and fails when even that is not seen', () => {
    const draining = aRoute('Blocked', 'Draining');
    const late = { ...running, commandedAt: noon - rules.drainMs };
    const force = (routes: readonly RouteState[], event = late) => aTrafficSnapshot({ rules: { onDrainTimeout: 'FORCE' }, targets: [aTargetWithTraffic('i-1', 'BlockTraffic', event, routes)] });
    assert.deepEqual(actionsOf(force([draining])), ['i-1 cut off']);
    assert.deepEqual(actionsOf(force([draining], { ...late, commandedAt: noon - rules.drainMs + 1 })), []);
    assert.deepEqual(actionsOf(force([{ ...draining, isForced: true }])), ['i-1 fail BlockTraffic #1 DrainTimeout', 'i-1 let back in', 'i-1 Failed', fails]);
    assert.deepEqual(actionsOf(force([{ ...draining, isForced: true, askedAt: noon - 9 * second }])), []);
    assert.deepEqual(actionsOf(force([{ ...drained, isForced: true }])), ['i-1 passed BlockTraffic', 'i-1 run AfterBlockTraffic #2']);
  });

  it('gives a controller that was away a minute to look again before it gives anything up', () => {
    const snapshot = { ...at('BlockTraffic', { ...running, commandedAt: noon - hour }, [aRoute('Blocked', 'Draining')]), listeningSince: noon - 59 * second };
    assert.deepEqual(actionsOf(snapshot), []);
    assert.equal(decide(snapshot).wakeAt, noon + second);
    assert.match(String(actionsOf({ ...snapshot, listeningSince: noon - minute })), /DrainTimeout/);
  });

  it('fails at once, untouched, at a router that refuses for good or does not know it', () => {
    const refused = aRoute('Blocked', 'InService', { takenAt: null, trouble: { message: 'There is no backend web.', isFinal: true } });
    assert.deepEqual(actionsOf(at('BlockTraffic', running, [refused])), ['i-1 fail BlockTraffic #1 RouterRefused', 'i-1 let back in', 'i-1 Failed', fails]);
    const strange = at('BlockTraffic', running, [aRoute('Blocked', 'Absent')]);
    assert.deepEqual(actionsOf(strange), ['i-1 fail BlockTraffic #1 RouterRefused', 'i-1 let back in', 'i-1 Failed', fails]);
    assert.match(JSON.stringify(decide(strange).actions), /knows no member that is i-1/);
  });

  it('has nothing done to its application while it cannot be seen to be out', () => {
    const inTheMiddle = (routes: readonly RouteState[], drainMs = rules.drainMs) => aTrafficSnapshot({ rules: { drainMs }, targets: [aTargetWithTraffic('i-1', 'ApplicationStop', {}, routes)] });
    assert.deepEqual(actionsOf(inTheMiddle([drained])), ['i-1 run ApplicationStop #4']);
    const forgot = inTheMiddle([aRoute('Blocked', 'InService', { inFlight: 4 })]);
    assert.deepEqual(actionsOf(forgot), []);
    assert.deepEqual(decide(forgot).waitingOn.map(({ reason }) => reason), ['RotationUnsure']);
    assert.equal(decide(forgot).wakeAt, noon - 20 * second + rules.drainMs, 'twenty seconds after the event before');
    const tooLong = inTheMiddle([aRoute('Blocked', 'InService')], 20 * second);
    assert.deepEqual(actionsOf(tooLong), ['i-1 fail ApplicationStop #3 RotationUnsure', 'i-1 let back in', 'i-1 Failed', fails]);
  });

  it('asks for requests again after its hooks, and goes on when it is in service at every router', () => {
    assert.deepEqual(actionsOf(at('AllowTraffic', {})), ['i-1 allow']);
    assert.deepEqual(actionsOf(at('AllowTraffic', running, [inService, aRoute('Allowed', 'Unhealthy', { router: 'api' })])), []);
    assert.deepEqual(actionsOf(at('AllowTraffic', running, [inService, { ...inService, router: 'api' }])), ['i-1 passed AllowTraffic', 'i-1 run AfterAllowTraffic #12']);
  });

  it('must have been healthy for the time that the group says, without a break', () => {
    const watched = (route: RouteState) => aTrafficSnapshot({ rules: { minHealthyMs: 20 * second }, targets: [aTargetWithTraffic('i-1', 'AllowTraffic', running, [route])] });
    const young = watched({ ...inService, since: noon - 5 * second });
    assert.deepEqual(actionsOf(young), []);
    assert.equal(decide(young).wakeAt, noon + 15 * second);
    assert.deepEqual(decide(young).waitingOn.map((waiting) => 'healthyUntil' in waiting && waiting.healthyUntil), [noon + 15 * second]);
    const longEnough = { ...inService, askedAt: noon - minute, takenAt: noon - minute, since: noon - 20 * second };
    assert.deepEqual(actionsOf(watched(longEnough)), ['i-1 passed AllowTraffic', 'i-1 run AfterAllowTraffic #12']);
  });

  it('fails and is kept out when the router does not find it healthy in time', () => {
    const snapshot = at('AllowTraffic', { ...running, commandedAt: noon - rules.serveMs }, [aRoute('Allowed', 'Unhealthy')]);
    assert.deepEqual(actionsOf(snapshot), ['i-1 fail AllowTraffic #11 ServeTimeout', 'i-1 kept out', 'i-1 Failed', fails]);
  });

  it('ends in the rotation that fits what became of its application', () => {
    const failed = { status: 'Failed', commandedAt: noon - 10 * second, startedAt: noon - 9 * second, endedAt: noon - second, givenUp: null } as const;
    const ends: [string, readonly RouteState[], string | null][] = [
      ['BeforeBlockTraffic', [aRoute(null, 'InService')], null],
      ['AfterBlockTraffic', [drained], 'i-1 let back in'],
      ['ApplicationStop', [drained], 'i-1 kept out'],
      ['DownloadBundle', [drained], 'i-1 kept out'],
      ['Install', [drained], 'i-1 kept out'],
      ['ValidateService', [drained], 'i-1 kept out'],
      ['BeforeAllowTraffic', [drained], 'i-1 kept out'],
      ['AfterAllowTraffic', [inService], null],
    ];
    for (const [event, routes, rotation] of ends) {
      assert.deepEqual(actionsOf(at(event, failed, routes)), [...(rotation === null ? [] : [rotation]), 'i-1 Failed', fails], event);
    }
  });

  it('stays out, untouched as it is, when an earlier deployment had left it broken', () => {
    const failed = { status: 'Failed', commandedAt: noon - 10 * second, startedAt: noon - 9 * second, endedAt: noon - second, givenUp: null } as const;
    assert.deepEqual(actionsOf(at('AfterBlockTraffic', failed, [{ ...drained, isKeptOut: true }])), ['i-1 kept out', 'i-1 Failed', fails]);
  });

  it('is not waited for by a stop: a drain is taken back, and what comes into rotation goes on coming', () => {
    const stop = { stopRequestedAt: noon };
    const draining = aTrafficSnapshot({ deployment: stop, targets: [aTargetWithTraffic('i-1', 'BlockTraffic', running, [aRoute('Blocked', 'Draining')])] });
    assert.deepEqual(actionsOf(draining), ['i-1 fail BlockTraffic #1 StoppedUntaken', 'i-1 let back in', 'i-1 Skipped', 'deployment Stopped MANUAL_STOP']);
    const coming = aTrafficSnapshot({ deployment: stop, targets: [aTargetWithTraffic('i-1', 'AllowTraffic', running, [aRoute('Allowed', 'Unhealthy')])] });
    assert.deepEqual(actionsOf(coming), ['i-1 fail AllowTraffic #11 StoppedUntaken', 'i-1 Skipped', 'deployment Stopped MANUAL_STOP']);
    const changed = aTrafficSnapshot({ deployment: stop, targets: [aTargetWithTraffic('i-1', 'AfterInstall', {}, [drained])] });
    assert.deepEqual(actionsOf(changed), ['i-1 kept out', 'i-1 Skipped', 'deployment Stopped MANUAL_STOP']);
  });

  it('is given up with the whole deployment when its time is over', () => {
    const snapshot = aTrafficSnapshot({ deployment: { startedAt: noon - 8 * hour }, targets: [aTargetWithTraffic('i-1', 'BlockTraffic', running, [aRoute('Blocked', 'Draining')])] });
    assert.deepEqual(actionsOf(snapshot), ['i-1 fail BlockTraffic #1 DeploymentTimeout', 'i-1 let back in', 'i-1 Failed', 'deployment Failed TIMEOUT']);
  });

  it('takes room as long as it is out: the next one waits until it is in service', () => {
    const targets = [aTargetWithTraffic('i-1', 'AllowTraffic', running, [aRoute('Allowed', 'Unhealthy')]), aTarget('i-2', { routes: [aRoute(null, 'InService', seen)] })];
    assert.deepEqual(actionsOf(aTrafficSnapshot({ minimum: 1, targets })), []);
  });
});

describe('before the first host of a deployment that moves traffic', () => {
  const unasked = { askedAt: null, takenAt: null };
  const with2 = (first: Partial<RouteState>, parts: Parameters<typeof aTrafficSnapshot>[0] = {}) =>
    aTrafficSnapshot({ targets: [aTarget('i-1', { routes: [aRoute(null, 'InService', { ...unasked, ...first })] }), aTarget('i-2', { routes: [aRoute(null, 'InService', unasked)] })], minimum: 1, ...parts });

  it('every router is seen to answer for every target', () => {
    const unseen = with2({ observedAt: null, state: null }, { deployment: { startedAt: noon - 10 * second } });
    assert.deepEqual(actionsOf(unseen), []);
    assert.deepEqual(decide(unseen).waitingOn, [{ reason: 'RoutersUnseen', routers: ['web'], deadline: noon + 50 * second }]);
    assert.deepEqual(actionsOf(with2({})).slice(0, 1), ['i-1 starts']);
  });

  it('what was seen before its start does not count', () => {
    const snapshot = with2({ observedAt: noon - 11 * second }, { deployment: { startedAt: noon - 10 * second } });
    assert.deepEqual(actionsOf(snapshot), []);
  });

  it('it fails untouched when a name means nothing, or a router does not answer in a minute', () => {
    const lost = with2({ observedAt: null, state: null, trouble: { message: 'Nobody has defined the traffic router web.', isFinal: true } });
    assert.equal(verdictOf(lost), 'Failed ELASTIC_LOAD_BALANCING_INVALID');
    assert.match(messageOf(lost), /Nobody has defined the traffic router web\. No instance was touched/);
    const silent = with2({ observedAt: null, state: null, trouble: { message: 'No answer.', isFinal: false } }, { deployment: { startedAt: noon - minute } });
    assert.equal(verdictOf(silent), 'Failed ELASTIC_LOAD_BALANCING_INVALID');
    assert.deepEqual(actionsOf(silent).slice(0, 2), ['i-1 Skipped', 'i-2 Skipped']);
  });

  it('a stop ends it at once', () => {
    assert.equal(verdictOf(with2({ observedAt: null }, { deployment: { stopRequestedAt: noon } })), 'Stopped MANUAL_STOP');
  });
});

describe('hosts that serve and hosts that do not', () => {
  const idle = { askedAt: null, takenAt: null };
  const pending = (targetId: string, route: Partial<RouteState> = {}) => aTarget(targetId, { routes: [aRoute(null, 'InService', { ...idle, ...route })] });
  const keptOut = { wanted: 'Blocked', isKeptOut: true, state: 'OutOfService' } as const;
  const done = (targetId: string, state: RouteState['state'], since = noon - minute) => {
    const { events } = aTargetWithTraffic(targetId, 'AfterAllowTraffic', {}, []);
    return aTarget(targetId, { status: 'Succeeded', events: events.map((event) => ({ ...event, status: 'Succeeded' as const })), generation: 13, routes: [aRoute('Allowed', state, { since })] });
  };

  it('who is out of rotation, or unhealthy at its router, comes first, whatever the order', () => {
    const targets = [{ ...pending('i-1'), rank: 0 }, { ...pending('i-2', { state: 'Unhealthy' }), rank: 1 }, { ...pending('i-3', keptOut), rank: 2 }];
    assert.deepEqual(actionsOf(aTrafficSnapshot({ minimum: 1, targets })).filter((action) => action.endsWith('starts')), ['i-2 starts', 'i-3 starts']);
  });

  it('no host that serves is taken while so few do', () => {
    const targets = [pending('i-1'), pending('i-2'), pending('i-3', keptOut), pending('i-4', keptOut)];
    assert.deepEqual(actionsOf(aTrafficSnapshot({ minimum: 2, targets })).filter((action) => action.endsWith('starts')), ['i-3 starts', 'i-4 starts']);
    const oneBack = [pending('i-1'), pending('i-2'), done('i-3', 'InService'), aTargetWithTraffic('i-4', 'Install', running, [drained])];
    assert.deepEqual(actionsOf(aTrafficSnapshot({ minimum: 2, targets: oneBack })).filter((action) => action.endsWith('starts')), ['i-1 starts']);
  });

  it('nothing more is started while a host that had succeeded does not serve any more, and that is said', () => {
    const snapshot = aTrafficSnapshot({ minimum: 1, targets: [done('i-1', 'Unhealthy'), pending('i-2')] });
    assert.deepEqual(actionsOf(snapshot), []);
    assert.deepEqual(decide(snapshot).waitingOn, [{ reason: 'TooFewServing', serving: 1, required: 1, inFlight: 0, pending: 1, missing: ['i-1'] }]);
    assert.equal(decide(snapshot).wakeAt, noon - minute + rules.serveMs);
    assert.deepEqual(actionsOf(aTrafficSnapshot({ minimum: 1, targets: [done('i-1', 'InService'), pending('i-2')] })).slice(0, 1), ['i-2 starts']);
  });

  it('the deployment fails, and goes back, when that lasts', () => {
    const snapshot = aTrafficSnapshot({
      minimum: 1,
      targets: [done('i-1', 'Unhealthy', noon - rules.serveMs), pending('i-2')],
      lastSuccessfulDeploymentId: 'd-1',
      deployment: { autoRollback: { enabled: true, events: ['DEPLOYMENT_FAILURE'] } },
    });
    assert.deepEqual(actionsOf(snapshot), ['i-2 Skipped', fails, 'roll back to d-1 because DEPLOYMENT_FAILURE']);
    assert.match(messageOf(snapshot), /Too few are in service.*i-1 had succeeded, but is not in service any more \(web: Unhealthy, 0 under way\)/);
  });

  it('nothing is started beside one that is kept out and whose zone comes later, where the minimum needs all others', () => {
    const stages = ['a', 'b'].map((name) => ({ kind: 'zone' as const, name, minimumHealthyHosts: 0, mayFail: null, bakeMs: 0 }));
    const zoned = (minimum: number) => aTrafficSnapshot({ minimum, deployment: { stages }, targets: [{ ...pending('i-1'), stage: 0 }, { ...pending('i-2'), stage: 0 }, { ...pending('i-3', keptOut), stage: 1 }] });
    assert.equal(verdictOf(zoned(2)), 'Failed HEALTH_CONSTRAINTS');
    assert.match(messageOf(zoned(2)), /i-3 is kept out of rotation since an earlier deployment, and its turn comes later/);
    assert.deepEqual(actionsOf(zoned(1)).filter((action) => action.endsWith('starts')), ['i-1 starts']);
  });
});
