// Bugs planted one at a time in a copy of the house. Each must be found by the simulation within 200 seeds: only that
// makes "0 violations" mean something. `npm run simulate:planted` tries them all (find-planted-bugs.ts), docs/simulation.md keeps the
// outcome. None of this touches the house itself.

export interface PlantedBug {
  /** What it is a bug of. */
  readonly kind: string;
  readonly name: string;
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** For bugs that the check before each commit would stop: the check is taken away as well. */
  readonly isGuarded?: boolean;
  /** Which stories are to find it; those of deployments when not given. */
  readonly plot?: 'promotions' | 'fleets' | 'provided';
}

/** The check before each commit, taken away for bugs that it would stop. */
export const guard = { file: 'server/deployer/reconciler.ts', find: 'const violations = check(loaded.snapshot, plan);', replace: 'const violations: string[] = []; void check;' };

/** The same of promotions. */
export const promotionGuard = { file: 'server/deployer/promoter.ts', find: 'const violations = checkPromotion(loaded.snapshot, plan);', replace: 'const violations: string[] = []; void checkPromotion;' };

/** The same of what is taken away. */
export const releaseGuard = { file: 'server/deployer/releaser.ts', find: 'const violations = checkReleases(loaded.snapshot, plan);', replace: 'const violations: string[] = []; void checkReleases;' };

export const plantedBugs: readonly PlantedBug[] = [
  { kind: 'budget', name: 'the planner forgets failed hosts in the budget', file: 'server/planner/healthy-hosts.ts', find: 'return fleet.total - fleet.failed - fleet.leftOut;', replace: 'return fleet.total - fleet.leftOut;', isGuarded: true },
  { kind: 'budget', name: 'the planner forgets hosts in flight', file: 'server/planner/healthy-hosts.ts', find: ' - minimum - fleet.inFlight;', replace: ' - minimum;', isGuarded: true },
  { kind: 'budget', name: 'the planner starts one host too many', file: 'server/planner/healthy-hosts.ts', find: ' - minimum - fleet.inFlight;', replace: ' - minimum - fleet.inFlight + 1;', isGuarded: true },
  { kind: 'pace', name: 'the next zone or step begins before the one before was watched', file: 'server/planner/stages.ts', find: 'if (baking !== null && snapshot.now < baking.until)', replace: 'if (baking !== null && snapshot.now < baking.since + 5_000)', isGuarded: true },
  { kind: 'pace', name: 'a ramp widens after a failed step', file: 'server/planner/halt.ts', find: 'count.failed > stage.mayFail', replace: 'count.failed > stage.mayFail + 1', isGuarded: true },
  { kind: 'once', name: 'the planner forgets who runs the once scripts', file: 'server/planner/once.ts', find: 'if (names.has(event.name)) this.#note(target, event, snapshot);', replace: 'if (names.has(event.name) && event.status === \'Failed\') this.#note(target, event, snapshot);', isGuarded: true },
  { kind: 'guided', name: 'a target that waits for a decision counts as healthy', file: 'server/planner/course.ts', find: '      count.held += 1;\n      count.failed += 1;', replace: '      count.held += 1;', isGuarded: true },
  { kind: 'guided', name: 'a target left out by decision counts as healthy', file: 'server/planner/healthy-hosts.ts', find: ' - fleet.failed - fleet.leftOut;', replace: ' - fleet.failed;', isGuarded: true },
  { kind: 'guided', name: 'a decision to retry is not used up by the retry', file: 'server/deployer/commit-event.ts', find: '{ ...unrun(name), earlier:', replace: '{ ...unrun(name), ...(held === undefined ? {} : { held }), earlier:' },
  { kind: 'guided', name: 'a decision is taken about a target that has ended', file: 'server/operations/decide-deployment-failure.ts', find: "if (status !== 'InProgress') throw refuse(", replace: "if (status !== 'InProgress') return { event: events[0]!, held: { since: 0, until: 0, decision: null } };\n  if (status.length === 0) throw refuse(" },
  { kind: 'guided', name: 'a question is asked for ten minutes too long', file: 'server/planner/guided-failure.ts', find: "return now < held.until ? { kind: 'wait' } : fail;", replace: "return now < held.until + 600_000 ? { kind: 'wait' } : fail;", isGuarded: true },
  { kind: 'plans', name: 'what was shown is not held against what has changed', file: 'server/deployer/hold-against-plan.ts', find: 'if (changed.length === 0) return;', replace: 'if (changed.length < 9) return;' },
  { kind: 'alarms', name: 'the planner heeds alarms before the start only', file: 'server/planner/alarms.ts', find: "  if (watch === undefined) return go;", replace: "  if (watch === undefined || !isUnstarted(snapshot)) return go;", isGuarded: true },
  { kind: 'alarms', name: 'the planner stops for alarms on a dry run', file: 'server/planner/alarms.ts', find: 'watch.alarms.filter((alarm) => !alarm.isDryRun)', replace: 'watch.alarms.filter(() => true)', isGuarded: true },
  { kind: 'alarms', name: 'nothing is watched after the last host', file: 'server/planner/alarms.ts', find: 'if (alarms === undefined || alarms.bakeMs === 0) return null;', replace: 'if (alarms !== null) return null;', isGuarded: true },
  { kind: 'calendar', name: 'freezes hold nobody but those created in them', file: 'server/deployer/load-turn.ts', find: 'const freezes = await listFreezesOver(db, row.application_id, group.group_id);', replace: 'const freezes = row.version > 2 ? [] : await listFreezesOver(db, row.application_id, group.group_id);' },
  { kind: 'calendar', name: 'a window that has closed lets in what waited for it', file: 'server/calendar/holds.ts', find: 'if (windows.length > 0 && !windows.some((window) => periodAt(window, now) !== null)) {', replace: 'if (windows.length > 0 && !windows.some((window) => periodAt(window, now) !== null || periodAt(window, now - 3 * minuteMs) !== null)) {' },
  { kind: 'calendar', name: 'a scheduled deployment starts a minute early', file: 'server/planner/gates.ts', find: 'if (scheduledAt !== null && now < scheduledAt) {', replace: 'if (scheduledAt !== null && now < scheduledAt - 60_000) {', isGuarded: true },
  { kind: 'calendar', name: 'nobody need approve unless somebody rejected', file: 'server/planner/gates.ts', find: 'if (approval !== null && approval.decision !== \'APPROVED\') {', replace: 'if (approval !== null && approval.decision === \'REJECTED\') {', isGuarded: true },
  { kind: 'deadlines', name: 'an event is given up a quarter early', file: 'server/planner/deadlines.ts', find: 'limits.eventStartMs : limits.eventMs);', replace: 'limits.eventStartMs : limits.eventMs * 0.75);', isGuarded: true },
  { kind: 'clock', name: 'a step of the wall clock is believed at once', file: 'server/steady-time.ts', find: 'return Math.round(monotonic + offsetMs);', replace: 'return seen.at;' },
  { kind: 'clock', name: 'events keep their instants when the wall clock is stepped', file: 'server/store/move-instants.ts', find: 'for (const target of targets) await moveEvents(tx, target, Number(version) + 1, byMs);', replace: 'void targets;' },
  { kind: 'clock', name: 'a step of the wall clock while no controller runs is not seen', file: 'server/steady-time.ts', find: 'if (mark.bootId === bootId) return offsetMs - mark.offsetMs;', replace: 'if (mark.bootId === bootId) return 0;' },
  { kind: 'clock', name: 'notices keep their instants when the wall clock is stepped', file: 'server/store/move-instants.ts', find: 'columns: [\'created_at\', \'next_attempt_at\', \'done_at\', \'abandoned_at\']', replace: 'columns: [\'created_at\']' },
  { kind: 'crash', name: 'reports are acknowledged before they are stored', file: 'server/fleet/session.ts', find: 'await this.#intake.store(', replace: 'this.#send({ kind: \'acknowledge\', upTo: frame.number }); await this.#intake.store(' },
  { kind: 'crash', name: 'a notice counts as delivered before it is sent', file: 'server/deployer/effects.ts', find: 'const outcome = await attempt(row);', replace: 'await store.transaction((tx) => endEffect(tx, row, clock.now(), null)); const outcome = await attempt(row);' },
  { kind: 'wire', name: 'reports are acknowledged and not stored', file: 'server/fleet/reports.ts', find: 'if (merge(draft, command, report, now))', replace: "if ((report.kind !== 'Ended' || command.number % 10 !== 0) && merge(draft, command, report, now))" },
  { kind: 'wire', name: 'the server forgets how far an agent has reported', file: 'server/fleet/session.ts', find: 'lastReport: instance.last_report,', replace: 'lastReport: instance.last_report + 1,' },
  { kind: 'wire', name: 'the server sends each session all commands from the newest on', file: 'server/fleet/session.ts', find: 'this.#lastSent = hello.lastCommand;', replace: 'this.#lastSent = instance.last_command;' },
  { kind: 'notices', name: 'a notice that failed is taken for delivered', file: 'server/deployer/effects.ts', find: "if (outcome.kind === 'done') {", replace: "if (outcome.kind === 'done' || row.attempts > 1) {" },
  { kind: 'notices', name: 'notices of one deployment do not wait for each other', file: 'server/store/effects.ts', find: 'next_attempt_at: before === undefined ? now : null,', replace: 'next_attempt_at: now,' },
  { kind: 'notices', name: 'the planner tells nobody of failed instances', file: 'server/planner/notices.ts', find: "action.status === 'Skipped' || (", replace: "action.status !== 'Succeeded' || (", isGuarded: true },
  { kind: 'convergence', name: 'late instances are tried without end', file: 'server/planner/convergence.ts', find: 'lastFailure !== null && failures >= maxAttempts', replace: 'lastFailure !== null && failures >= maxAttempts + 20' },
  { kind: 'rollback', name: 'a success is not remembered by its group', file: 'server/deployer/commit-ending.ts', find: "if (action.status !== 'Succeeded' || document.blueGreen?.direction === 'back') return;", replace: 'return;' },
  { kind: 'agent', name: 'the agent starts scripts without writing it down', file: 'agent/attempt-queue.ts', find: "journal.append({ kind: 'scriptStarting', attemptId: command.attemptId, ...start })", replace: 'Promise.resolve(void start)' },
  { kind: 'traffic', name: 'an application is touched as soon as its drain was asked for', file: 'server/planner/routes.ts', find: "return (route.state === 'OutOfService' || route.state === 'Absent') && (route.inFlight ?? 0) === 0;", replace: 'return true;', isGuarded: true },
  { kind: 'traffic', name: 'whether a host is still out of rotation is not asked before it is touched', file: 'server/planner/traffic.ts', find: 'if (!isOut || routesOf(target).every((route) => isDrained(route, snapshot)))', replace: 'if (!isOut || snapshot !== null)', isGuarded: true },
  { kind: 'traffic', name: 'what was seen before a controller died counts for the next', file: 'server/planner/routes.ts', find: 'observedAt >= takenAt && observedAt >= listeningSince', replace: 'observedAt >= takenAt && observedAt > listeningSince - Infinity', isGuarded: true },
  { kind: 'traffic', name: 'a host that was not touched is left out of rotation', file: 'server/planner/traffic.ts', find: "? 'KeepOut' : 'LetBackIn', targetId }];", replace: "? 'KeepOut' : 'KeepOut', targetId }];", isGuarded: true },
  { kind: 'traffic', name: 'a host whose application is broken is let back in', file: 'server/planner/traffic.ts', find: "? 'KeepOut' : 'LetBackIn', targetId }];", replace: "? 'LetBackIn' : 'LetBackIn', targetId }];", isGuarded: true },
  { kind: 'traffic', name: 'hosts that are kept out count as in service', file: 'server/planner/serving.ts', find: "return routes.some((route) => route.wanted === 'Blocked' || route.state !== 'InService');", replace: 'return routes.length < 0;', isGuarded: true },
  { kind: 'traffic', name: 'what a router forgot is not asked for again', file: 'server/deployer/router-questions.ts', find: "if (wanted === 'Blocked') return state === 'InService' || state === 'Unhealthy' ||", replace: "if (wanted === 'Blocked') return" },
  { kind: 'traffic', name: 'nobody looks after hosts that are kept out once their deployment is over', file: 'server/deployer/route-notes.ts', find: "const isSettled = route.isIdle && isWeighed && (route.wanted === null || (route.wanted === 'Allowed' && state === 'InService'));", replace: 'const isSettled = route.isIdle && isWeighed;' },
  { kind: 'traffic', name: 'a route is settled that a new deployment goes by', file: 'server/store/traffic-routes.ts', find: "    .where('deployment_id', '=', deployment_id)\n", replace: '' },
  { kind: 'agent', name: 'the agent forgets reports that were under way when it died', file: 'agent/outbox.ts', find: 'journal.state.unacknowledged.filter((report) => report.number > number && report.number <= durable)', replace: 'journal.state.unacknowledged.filter((report) => report.number > number && report.number <= durable).slice(1)' },
  { kind: 'agent', name: 'the agent forgets what it had accepted', file: 'agent/inbox.ts', find: 'for (const attemptId of journal.state.attempts.keys()) queue.add(attemptId);', replace: '' },
  { kind: 'promotion', name: 'the next wave begins before the one before has baked', file: 'server/planner/promotion/plan.ts', find: 'if (baking === null || now >= baking.until) return openNext(snapshot);', replace: 'if (baking === null || now >= baking.since + 5_000) return openNext(snapshot);', isGuarded: true, plot: 'promotions' },
  { kind: 'promotion', name: 'a promotion goes on as soon as one group of a wave has succeeded', file: 'server/planner/promotion/plan.ts', find: '!wave.groups.every(hasSucceeded)', replace: '!wave.groups.some(hasSucceeded)', isGuarded: true, plot: 'promotions' },
  { kind: 'promotion', name: 'a promotion forgets one of its deployments', file: 'server/deployer/load-promotion.ts', find: 'const made = await listPromotionDeployments(db, [promotionId]);', replace: 'const made = (await listPromotionDeployments(db, [promotionId])).slice(1);', plot: 'promotions' },
  { kind: 'fleets', name: 'a replacement is installed while requests may reach it', file: 'server/planner/traffic.ts', find: "return label === 'Green' && deployment.blueGreen?.direction === 'forward';", replace: "return label === 'Green' && deployment.blueGreen === undefined;", isGuarded: true, plot: 'fleets' },
  { kind: 'shares', name: 'a fleet gets more than its share of the traffic', file: 'server/planner/shares.ts', find: 'const total = Math.floor((whole * outgoing * share) / (whole - share));', replace: 'const total = Math.floor((whole * outgoing * share) / (whole - share)) + 40;', isGuarded: true, plot: 'fleets' },
  { kind: 'shares', name: 'a deployment that ends badly does not give the traffic back', file: 'server/planner/blue-green.ts', find: 'if (bad !== null && hasShared(snapshot)) return leaveAsItWas(', replace: 'if (bad !== null && hasShared(snapshot) && isBusy && !isBusy) return leaveAsItWas(', isGuarded: true, plot: 'fleets' },
  { kind: 'agent', name: 'the journal is written and not synced', file: 'agent/journal.ts', find: 'await this.#file!.sync();', replace: '' },
  { kind: 'provided', name: 'what was made for a deployment is taken away although traffic went there', file: 'server/deployer/commit-fleets.ts', find: "if (action.to === 'Green') await noteMembers(tx, deployment.group_id, serving);", replace: "if (action.to === 'Green') await noteMembers(tx, deployment.group_id, serving.slice(1));", isGuarded: true, plot: 'provided' },
  { kind: 'provided', name: 'who comes too late for a deployment is forgotten', file: 'server/deployer/releaser.ts', find: 'await noteArrivals(tx);', replace: 'void noteArrivals;', plot: 'provided' },
  { kind: 'provided', name: 'a request to take away gets another id each time it is looked for', file: 'server/store/fleet-hosts.ts', find: "set({ state: 'Asked', request_id: requestId })", replace: 'set({ request_id: requestId })', plot: 'provided' },
  { kind: 'provided', name: 'somebody is taken away before being seen out of rotation', file: 'server/planner/releases.ts', find: "if (wanted !== 'Blocked' || takenAt === null || observedAt === null || isTroubled) return false;", replace: "if (wanted !== null) return true;\n  if (takenAt === null || observedAt === null) return false;", isGuarded: true, plot: 'provided' },
];
