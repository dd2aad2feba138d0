// What the rows said, and when they first said it, by true time: instants in the rows are of a wall clock that is stepped.
// Looks after every commit, and finds what no later look could: a state that went back, an event given up too early or too
// late, a deployment started in a freeze, before its hour, or without the approval it needs.

import { type StoredEvent, StoredEvents, DeploymentDocument, readDocument } from '../../server/store/documents.ts';
import type { Database } from '../../server/store/store.ts';
import type { DeploymentsTable, TargetsTable } from '../../server/store/tables.ts';

/** True time, as everywhere in this file: milliseconds since the story began. */
export interface Attempt {
  readonly deploymentId: string;
  readonly host: string;
  readonly event: string;
  readonly commandedAt: number;
  acceptedAt: number | null;
  endedAt: number | null;
}

interface Limits {
  readonly eventStartMs: number;
  readonly eventMs: number;
  readonly deploymentMs: number;
}

export interface Surroundings {
  /** True time. */
  now(): number;
  /** What the controller's wall clock shows. */
  wall(): number;
  /** Since when this controller runs without a break; null while none does. */
  upSince(): number | null;
  readonly limits: Limits;
  violated(what: string): void;
}

/** How much a deadline may be missed by: the wall clock is believed that far (spec G10). */
const secondMs = 1_000;

const ranks: Readonly<Record<string, number>> = { Created: 0, Queued: 1, Pending: 0, InProgress: 2, Baking: 2, Ready: 2, Succeeded: 9, Failed: 9, Stopped: 9, Skipped: 9, Unknown: 9 };

export class Chronicle {
  readonly attempts = new Map<string, Attempt>();
  /** Deployments that succeeded, in the order in which they did. */
  readonly succeeded: string[] = [];
  readonly startedAt = new Map<string, number>();
  /** What the deployment under way let the fleet that comes in have, in percent, from when on; of deployments that share. */
  readonly shares: { readonly at: number; readonly deploymentId: string; readonly share: number }[] = [];
  readonly #endedAt = new Map<string, number>();
  readonly #movesTraffic = new Set<string>();
  readonly #around: Surroundings;
  readonly #statuses = new Map<string, string>();
  readonly #eventTexts = new Map<string, string>();
  readonly #eventStatuses = new Map<string, string>();
  readonly #successBefore = new Map<string, string | undefined>();
  readonly #stops = new Map<string, number>();
  /** Since when somebody is asked; Infinity once that is over. */
  readonly #questions = new Map<string, number>();
  /** Answered, so that nothing may start until it is lifted; and when somebody began to lift it. */
  readonly freezes = new Map<string, { readonly since: number; until: number | null }>();
  /** Somebody began to say yes; the answer may have been lost. */
  readonly approvals = new Set<string>();
  /** In which minutes of ten a deployment may start, once that was answered; null: always. */
  window: { readonly minutes: number; readonly since: number } | null = null;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** A stop was answered: nothing new may be commanded from now on. */
  stopped(deploymentId: string): void {
    if (!this.#stops.has(deploymentId)) this.#stops.set(deploymentId, this.#around.now());
  }

  movesTraffic(deploymentId: string): boolean {
    return this.#movesTraffic.has(deploymentId);
  }

  wasUnderWay(deploymentId: string, at: number): boolean {
    return (this.startedAt.get(deploymentId) ?? Infinity) <= at && at <= (this.#endedAt.get(deploymentId) ?? Infinity);
  }

  /** The deployment that had succeeded last when this one was made. */
  successBefore(deploymentId: string): string | undefined {
    return this.#successBefore.get(deploymentId);
  }

  async look(db: Database): Promise<void> {
    const rows = await db.selectFrom('deployments').selectAll().execute();
    for (const row of rows) this.#lookAt(row);
    const live = rows.filter(({ deployment_id: id }) => this.#hasNews.has(id) || this.#isOpen(id)).map((row) => row.deployment_id);
    this.#hasNews.clear();
    if (live.length === 0) return;
    const targets = await db.selectFrom('targets').selectAll().where('deployment_id', 'in', live).execute();
    for (const target of targets) this.#lookAtTarget(target, rows.find((row) => row.deployment_id === target.deployment_id)!);
  }

  readonly #hasNews = new Set<string>();

  #isOpen(deploymentId: string): boolean {
    return (ranks[this.#statuses.get(deploymentId) ?? 'Created'] ?? 0) < 9;
  }

  #lookAtShare({ deployment_id: deploymentId, document, status }: DeploymentsTable): void {
    const { trafficSteps, shift, returning } = readDocument(DeploymentDocument, document, deploymentId).blueGreen ?? {};
    if (trafficSteps === undefined || shift === undefined) return;
    const isBack = returning !== undefined || status === 'Failed' || status === 'Stopped';
    const share = isBack ? 0 : (trafficSteps[shift.step]?.share ?? 0);
    const last = this.shares.findLast((one) => one.deploymentId === deploymentId);
    if (last?.share !== share) this.shares.push({ at: this.#around.now(), deploymentId, share });
  }

  #lookAt(row: DeploymentsTable): void {
    const { deployment_id: id, status } = row;
    const before = this.#statuses.get(id);
    if ((ranks[before ?? 'Created'] ?? 0) < 9) this.#lookAtShare(row);
    if (before === undefined) {
      this.#successBefore.set(id, this.succeeded.at(-1));
      if (readDocument(DeploymentDocument, row.document, id).traffic !== undefined) this.#movesTraffic.add(id);
    }
    if (before === status) return;
    this.#hasNews.add(id);
    this.#statuses.set(id, status);
    this.#forward(`deployment ${id}`, before, status);
    if (status === 'Succeeded') this.succeeded.push(id);
    if ((ranks[status] ?? 0) === 9) this.#endedAt.set(id, this.#around.now());
    if (row.started_at !== null && !this.startedAt.has(id)) {
      this.startedAt.set(id, this.#around.now());
      this.#checkStart(row);
    }
  }

  #forward(what: string, before: string | undefined, after: string): void {
    const isBack = before !== undefined && ((ranks[after] ?? 0) < (ranks[before] ?? 0) || (ranks[before] === 9 && after !== before));
    if (isBack) this.#around.violated(`${what} was ${before} and is ${after}`);
  }

  /** At the one choke point: hour, approval, windows and freezes. */
  #checkStart(row: DeploymentsTable): void {
    const { deployment_id: id, creator } = row;
    if (creator === 'codeDeployRollback') return;
    const { scheduledAt, approval, calendarOverride } = readDocument(DeploymentDocument, row.document, id);
    const wall = this.#around.wall();
    if (scheduledAt !== undefined && wall < scheduledAt - secondMs) this.#around.violated(`${id} was started ${scheduledAt - wall} ms before its hour`);
    if (approval !== undefined && !this.approvals.has(id)) this.#around.violated(`${id} was started and nobody had approved it`);
    if (calendarOverride !== undefined) return;
    const now = this.#around.now();
    for (const [name, { since, until }] of this.freezes) if (since <= now && (until === null || now < until)) this.#around.violated(`${id} was started in the freeze ${name}`);
    const minute = new Date(wall).getUTCMinutes() % 10;
    // At the very end of a window the commit may come a moment after the decision.
    const isOpen = this.window === null || minute < this.window.minutes || (minute === this.window.minutes && wall % 60_000 < secondMs);
    if (!isOpen && this.window!.since <= now) this.#around.violated(`${id} was started outside of its window, in minute ${minute} of ten`);
  }

  #lookAtTarget(target: TargetsTable, deployment: DeploymentsTable): void {
    const { deployment_id: deploymentId, target_id: host } = target;
    const key = `${deploymentId} on ${host}`;
    this.#forward(`target ${key}`, this.#statuses.get(key), target.status);
    this.#statuses.set(key, target.status);
    if (this.#eventTexts.get(key) === target.events) return;
    this.#eventTexts.set(key, target.events);
    const now = this.#around.now();
    for (const event of readDocument(StoredEvents, target.events, key)) {
      const attempts = event.earlier?.length ?? 0;
      const name = `${event.name} of ${key}${attempts === 0 ? '' : ` after ${attempts} attempts`}`;
      this.#checkQuestion(name, event, target.status, deployment);
      this.#forward(`event ${name}`, this.#eventStatuses.get(name), event.status);
      this.#eventStatuses.set(name, event.status);
      if (event.attemptId === null) continue;
      const known = this.attempts.get(event.attemptId);
      const attempt = known ?? { deploymentId, host, event: event.name, commandedAt: now, acceptedAt: null, endedAt: null };
      if (known === undefined) {
        this.attempts.set(event.attemptId, attempt);
        const stoppedAt = this.#stops.get(deploymentId);
        if (stoppedAt !== undefined && stoppedAt < now) this.#around.violated(`${name} was commanded ${now - stoppedAt} ms after the stop was answered`);
      }
      if (event.startedAt !== null) attempt.acceptedAt ??= now;
      if (event.endedAt !== null && attempt.endedAt === null) {
        attempt.endedAt = now;
        this.#checkEnd(name, attempt, event.givenUp ?? null, deployment);
      }
    }
  }

  /** Somebody is asked for as long as was said, and not for longer while a controller is there to see it. */
  #checkQuestion(name: string, { held }: StoredEvent, status: string, deployment: DeploymentsTable): void {
    if (held === undefined) return;
    const now = this.#around.now();
    const since = this.#questions.get(name) ?? now;
    const isOver = held.decision !== null || status !== 'InProgress';
    const wasOver = since === Infinity;
    this.#questions.set(name, isOver ? Infinity : since);
    if (wasOver || held.decision !== null || status === 'InProgress') return;
    const { decideWithinMs = 0 } = readDocument(DeploymentDocument, deployment.document, deployment.deployment_id);
    const up = this.#around.upSince();
    const latest = Math.max(since + decideWithinMs, up ?? now);
    if (up !== null && now > latest + 2 * secondMs) this.#around.violated(`${name} asked somebody for ${now - latest} ms too long`);
  }

  /** No deadline fires early, and none late while a controller is there to see it. */
  #checkEnd(name: string, { commandedAt, acceptedAt, endedAt, deploymentId }: Attempt, givenUp: string | null, deployment: DeploymentsTable): void {
    const { limits, upSince } = this.#around;
    const { timeouts = {}, pace } = readDocument(DeploymentDocument, deployment.document, deploymentId);
    const { eventStartMs, eventMs, silenceMs = Infinity } = { ...limits, ...timeouts };
    // An event that is given up untaken counts as begun when it was given up.
    const isTaken = acceptedAt !== null && acceptedAt < endedAt!;
    const since = isTaken ? acceptedAt : commandedAt;
    const own = since + (isTaken ? eventMs : eventStartMs);
    const lasted = endedAt! - since;
    const least = { AgentNotHeard: Math.min(own - since, silenceMs), EventTimeout: eventMs, DeploymentTimeout: 0 }[givenUp ?? ''] ?? 0;
    if (lasted < least - secondMs) this.#around.violated(`${name} was given up as ${givenUp} after ${lasted} ms, ${least - lasted} ms early`);
    if (givenUp === 'DeploymentTimeout') {
      const whole = limits.deploymentMs + (pace?.stages ?? []).reduce((sum, { bakeMs }) => sum + bakeMs, 0);
      const ran = endedAt! - (this.startedAt.get(deploymentId) ?? 0);
      if (ran < whole - secondMs) this.#around.violated(`${deploymentId} was given up after ${ran} ms, ${whole - ran} ms early`);
    }
    const up = upSince();
    if (up !== null && endedAt! > Math.max(own, up) + 2 * secondMs) this.#around.violated(`${name} should have been given up ${endedAt! - Math.max(own, up)} ms before it ended (${givenUp ?? 'by its report'})`);
  }
}
