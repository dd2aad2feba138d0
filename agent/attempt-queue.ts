// Runs accepted attempts: in order of acceptance, one at a time for an application, applications side by side up to a
// bound. An attempt is
//
//   waiting ── its application is free and there is room ──▶ running ── its executor returns ──▶ ended (reported)
//      └────── given up by the server before it began ────────────────────────────────────────▶ ended as Cancelled
//
// A running attempt that is given up stays running until its executor has ended what it started. When the agent leaves,
// attempts stay as the journal has them: the next agent goes on with them.

import type { Clock } from '../world/clock.ts';
import type { Log } from '../world/log.ts';
import { executorFor, failedBy, unsuccessful } from './executors.ts';
import type { Ending, Executors } from './executors.ts';
import type { RunEventCommand } from '../protocol/session/frames.ts';
import type { HostHolds } from './host-holds.ts';
import type { Journal } from './journal.ts';
import type { AttemptRecord, ScriptStart } from './journal-state.ts';
import type { Outbox } from './outbox.ts';

export interface AttemptQueue {
  /** Takes in an attempt that the journal has as accepted. */
  add(attemptId: string): void;
  /** The server has given an attempt up, as the journal knows; silent when it is neither waiting nor running. */
  cancel(attemptId: string, reason: string): void;
  readonly underway: QueueUnderway;
  /** Asks all executors to leave, starts nothing more, and resolves when they have returned. */
  leave(): Promise<void>;
}

/** What the queue holds now. */
export interface QueueUnderway {
  readonly running: readonly { readonly command: RunEventCommand; readonly startedAt: number }[];
  readonly waitingEvents: number;
}

export interface QueueParts {
  readonly journal: Journal;
  readonly outbox: Outbox;
  readonly executors: Executors;
  readonly clock: Clock;
  readonly log: Log;
  readonly maxApplications: number;
  /** Told when an event has begun or ended. */
  readonly onUnderway?: () => void;
  /** Hears what holds attempts back. */
  readonly holds?: HostHolds;
}

interface Running {
  readonly attempt: AttemptRecord;
  readonly startedAt: number;
  readonly cancellation: AbortController;
  readonly ended: Promise<void>;
}

export function openAttemptQueue(parts: QueueParts): AttemptQueue {
  const { journal, outbox, executors, clock, log } = parts;
  const leaving = new AbortController();
  const waiting = new Set<string>();
  const running = new Map<string, Running>();

  /** What the journal has of an attempt that has not ended. */
  function recordOf(attemptId: string): AttemptRecord {
    const attempt = journal.state.attempts.get(attemptId);
    if (attempt === undefined) throw new Error(`the journal has no open attempt ${attemptId}`);
    return attempt;
  }

  function startWhatMay(): void {
    const first = new Map([...running.values()].map(({ attempt: { command } }) => [command.applicationName, command]));
    for (const attemptId of waiting) {
      const attempt = recordOf(attemptId);
      if (attempt.cancelled !== null && attempt.scriptStarts.length === 0) {
        forget(attempt, attempt.cancelled);
        continue;
      }
      const { command } = attempt;
      const before = first.get(command.applicationName);
      if (running.size < parts.maxApplications && before === undefined) start(attempt);
      else parts.holds?.note(command, before === undefined ? { kind: 'HostBusy', running: running.size } : { kind: 'ApplicationBusy', deploymentId: before.deploymentId, event: before.event });
      if (before === undefined) first.set(command.applicationName, command); // also when it waits: no later one of its application may overtake it
    }
  }

  function start(attempt: AttemptRecord): void {
    const { attemptId } = attempt.command;
    waiting.delete(attemptId);
    parts.holds?.note(attempt.command, null);
    const cancellation = new AbortController();
    if (attempt.cancelled !== null) cancellation.abort(new Error(attempt.cancelled));
    const startedAt = attempt.scriptStarts[0]?.startedAt ?? clock.now();
    running.set(attemptId, { attempt, startedAt, cancellation, ended: finishing(attemptId, run(attempt, cancellation.signal, startedAt)) });
    parts.onUnderway?.();
  }

  /** Ends an attempt of which nothing is under way, nor was when an earlier agent died. */
  function forget(attempt: AttemptRecord, reason: string): void {
    waiting.delete(attempt.command.attemptId);
    parts.holds?.note(attempt.command, null);
    void report(attempt, unsuccessful('Cancelled', `The server gave this event up before it ran (${reason}).`), clock.now());
  }

  async function finishing(attemptId: string, run: Promise<void>): Promise<void> {
    await run;
    const { command } = running.get(attemptId)!.attempt;
    running.delete(attemptId);
    parts.holds?.note(command, null);
    parts.onUnderway?.();
    if (!leaving.signal.aborted) startWhatMay();
  }

  /** Never rejects: what fails here is either the event's failure or the journal's, which stops the agent by itself. */
  async function run(attempt: AttemptRecord, cancelled: AbortSignal, startedAt: number): Promise<void> {
    const { attemptId, deploymentId, event, applicationName } = attempt.command;
    const about = log.child({ deploymentId, attemptId, event, applicationName });
    about.info({}, attempt.scriptStarts.length > 0 ? `${event} goes on.` : `${event} begins.`);
    const ending = await execute(attempt, cancelled, about);
    if (leaving.signal.aborted) return;
    const { outcome, diagnostics } = ending;
    about[outcome === 'Succeeded' ? 'info' : 'warn']({ outcome, errorCode: diagnostics.errorCode }, `${event} has ended: ${diagnostics.message || outcome}`);
    await report(attempt, ending, startedAt);
  }

  async function execute(attempt: AttemptRecord, cancelled: AbortSignal, about: Log): Promise<Ending> {
    const { command, scriptStarts } = attempt;
    const executor = executorFor(executors, command.event);
    if (executor === null) return unsuccessful('Failed', `This agent does not know the lifecycle event ${command.event}.`);
    const group = journal.state.groups.get(command.deploymentGroupId) ?? { lastSuccessful: null, mostRecent: null };
    const recordScriptStart = (start: ScriptStart) => journal.append({ kind: 'scriptStarting', attemptId: command.attemptId, ...start });
    try {
      await null; // an executor never begins before its attempt counts as running
      return await executor(command, { log: about, group, scriptStarts, recordScriptStart, cancelled, leaving: leaving.signal, held: (hold) => parts.holds?.note(command, hold) });
    } catch (error) {
      if (cancelled.aborted) return unsuccessful('Cancelled', `The server gave this event up (${String((cancelled.reason as Error).message)}).`);
      return failedBy(error);
    }
  }

  async function report(attempt: AttemptRecord, ending: Ending, startedAt: number): Promise<void> {
    try {
      const { outcome, diagnostics, warnings, onceEvents } = ending;
      const once = onceEvents === undefined ? {} : { onceEvents: [...onceEvents] };
      await outbox.record({ kind: 'Ended', attemptId: attempt.command.attemptId, outcome, diagnostics, warnings: [...warnings], ...once, startedAt, at: clock.now() });
    } catch (error) {
      log.error({ attemptId: attempt.command.attemptId, reason: (error as Error).message }, 'How an attempt ended could not be recorded.');
      return;
    }
    await executors.ended?.(attempt.command).catch((error: unknown) => {
      log.warn({ attemptId: attempt.command.attemptId, reason: (error as Error).message }, 'What an attempt left on the disk could not be removed.');
    });
  }

  function sayForWhom(attempt: AttemptRecord): void {
    const blocker = [...running.values()].find((one) => one.attempt.command.applicationName === attempt.command.applicationName);
    if (blocker === undefined) return;
    const { applicationName, event, deploymentId } = blocker.attempt.command;
    log.info({ attemptId: attempt.command.attemptId }, `${attempt.command.event} waits: ${applicationName} is busy with ${event} of ${deploymentId}.`);
  }

  return {
    add(attemptId) {
      if (leaving.signal.aborted) return;
      sayForWhom(recordOf(attemptId));
      waiting.add(attemptId);
      startWhatMay();
    },
    cancel(attemptId, reason) {
      running.get(attemptId)?.cancellation.abort(new Error(reason));
      if (waiting.has(attemptId)) startWhatMay();
    },
    get underway() {
      return { running: [...running.values()].map(({ attempt, startedAt }) => ({ command: attempt.command, startedAt })), waitingEvents: waiting.size };
    },
    async leave() {
      leaving.abort(new Error('The agent stops.'));
      waiting.clear();
      await Promise.all([...running.values()].map(({ ended }) => ended));
    },
  };
}
