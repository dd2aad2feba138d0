// Agents that do as a script says: accept a command after one second, end its event after ten, unless told otherwise.
// Time is a number; what happens next is computed, never waited for.

import type { EventState, Snapshot, TargetState } from '../../server/planner/snapshot.ts';

/** What is peculiar about one target; everything else succeeds in time. */
export interface Peculiarity {
  readonly targetId: string;
  /** From this event on its agent is not heard; null: it never was. Undefined: it is well. */
  readonly silentFrom?: string | null;
  readonly failsAt?: string;
  /** At the first attempt only. */
  readonly failsOnce?: boolean;
  readonly slowAt?: { readonly event: string; readonly tookMs: number };
}

export interface Report {
  readonly at: number;
  readonly targetId: string;
  readonly event: string;
  readonly generation: number;
  readonly says: 'accepted' | 'succeeded' | 'failed' | 'silent';
}

/** What the agent will report of a command written at `at`. */
export function reportsOf(command: { readonly targetId: string; readonly event: string; readonly generation: number }, at: number, whoIs: Peculiarity, isRetry: boolean): Report[] {
  const { targetId, event, generation } = command;
  const report = (says: Report['says'], after: number): Report => ({ at: at + after, targetId, event, generation, says });
  if (whoIs.silentFrom === null) return [];
  const accepted = report('accepted', 1000);
  if (whoIs.silentFrom === event) return [accepted, report('silent', 5000)];
  const took = whoIs.slowAt?.event === event ? whoIs.slowAt.tookMs : 10_000;
  return [accepted, report(whoIs.failsAt === event && !(whoIs.failsOnce === true && isRetry) ? 'failed' : 'succeeded', took)];
}

/** The snapshot once the report is stored; null when it comes too late to change anything. */
export function hear(snapshot: Snapshot, report: Report, onceEvents: readonly string[]): Snapshot | null {
  const target = snapshot.targets.find((each) => each.targetId === report.targetId);
  if (target === undefined) throw new Error(`A report of ${report.targetId}, which is no target.`);
  if (target.generation !== report.generation || target.status !== 'InProgress') return null;
  const heard = hearTarget(target, report, onceEvents);
  if (heard === null) return null;
  return { ...snapshot, targets: snapshot.targets.map((each) => (each === target ? heard : each)) };
}

function hearTarget(target: TargetState, { at, event, says }: Report, onceEvents: readonly string[]): TargetState | null {
  if (says === 'silent') return { ...target, agent: { isConnected: false, silentSince: at } };
  const running = target.events.find((each) => each.name === event && each.status === 'InProgress');
  if (running === undefined) return null;
  const after: EventState =
    says === 'accepted'
      ? { ...running, startedAt: at }
      : { ...running, status: says === 'succeeded' ? 'Succeeded' : 'Failed', endedAt: at, givenUp: null, ...(event === 'DownloadBundle' ? { onceEvents } : {}) };
  return { ...target, events: target.events.map((each) => (each === running ? after : each)) };
}
