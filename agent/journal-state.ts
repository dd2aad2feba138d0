// What the journal's entries mean: a pure fold from entries to what the agent must remember, and back to the fewest
// entries that say the same. Everything is bounded: what the server can no longer ask about is forgotten.

import type { StartedScript } from '../hooks/event-run.ts';
import type { Command, Report, RunEventCommand } from '../protocol/session/frames.ts';

/** A hook script about to be started, recorded before it is. */
export type ScriptStart = StartedScript;

/** An accepted attempt that has not ended. */
export interface AttemptRecord {
  readonly command: RunEventCommand;
  /** Command number by which it came: the order of acceptance. */
  readonly number: number;
  readonly acceptedAt: number;
  readonly scriptStarts: readonly ScriptStart[];
  /** Why the server gave it up; null while it has not. */
  readonly cancelled: string | null;
}

export interface NumberedReport {
  readonly number: number;
  readonly report: Report;
}

/** What a deployment group has on this host, by deployment id. */
export interface GroupRecord {
  /** Last deployment that succeeded here as a whole. */
  readonly lastSuccessful: string | null;
  /** Last deployment whose bundle was unpacked here. */
  readonly mostRecent: string | null;
}

export type JournalEntry =
  /** Always the first of a file. */
  | { readonly kind: 'base'; readonly format: 1; readonly lastCommand: number; readonly lastReport: number }
  | { readonly kind: 'accepted'; readonly number: number; readonly command: Command; readonly at: number }
  /** A command noted by its number alone: a duplicate, or one refused. */
  | { readonly kind: 'passedOver'; readonly number: number }
  | ({ readonly kind: 'scriptStarting'; readonly attemptId: string } & ScriptStart)
  | { readonly kind: 'reported'; readonly number: number; readonly report: Report }
  | { readonly kind: 'acknowledged'; readonly upTo: number }
  // Only in restatements:
  | { readonly kind: 'attempt'; readonly attempt: AttemptRecord }
  | { readonly kind: 'ended'; readonly attemptIds: readonly string[] }
  | { readonly kind: 'unacknowledged'; readonly number: number; readonly report: Report }
  | { readonly kind: 'generation'; readonly deploymentId: string; readonly generation: number }
  | ({ readonly kind: 'group'; readonly deploymentGroupId: string } & GroupRecord);

export interface JournalState {
  readonly lastCommand: number;
  readonly lastReport: number;
  /** Accepted and not ended, by attempt id, in order of acceptance. */
  readonly attempts: ReadonlyMap<string, AttemptRecord>;
  /** Ids of the attempts that ended last, oldest first; at most `rememberedAttempts`. */
  readonly ended: readonly string[];
  /** Reports the server has not acknowledged, in order. */
  readonly unacknowledged: readonly NumberedReport[];
  /** Highest generation accepted, by deployment id, least recently used first; at most `rememberedDeployments`. */
  readonly generations: ReadonlyMap<string, number>;
  readonly groups: ReadonlyMap<string, GroupRecord>;
}

export const rememberedAttempts = 256;
export const rememberedDeployments = 256;

export const emptyState: JournalState = {
  lastCommand: 0,
  lastReport: 0,
  attempts: new Map(),
  ended: [],
  unacknowledged: [],
  generations: new Map(),
  groups: new Map(),
};

/** The state after one more entry. Throws for a kind it does not know: a newer agent wrote it. */
export function fold(state: JournalState, entry: JournalEntry): JournalState {
  switch (entry.kind) {
    case 'base':
      if (entry.format !== 1) throw new Error(`format ${String(entry.format)}`);
      return { ...emptyState, lastCommand: entry.lastCommand, lastReport: entry.lastReport };
    case 'accepted':
      return accept({ ...state, lastCommand: Math.max(state.lastCommand, entry.number) }, entry.command, entry.number, entry.at);
    case 'passedOver':
      return { ...state, lastCommand: Math.max(state.lastCommand, entry.number) };
    case 'scriptStarting': {
      const attempt = state.attempts.get(entry.attemptId);
      if (attempt === undefined) return state;
      const { kind: _kind, attemptId: _attemptId, ...start } = entry;
      return withAttempt(state, { ...attempt, scriptStarts: [...attempt.scriptStarts, start] });
    }
    case 'reported': {
      const unacknowledged = [...state.unacknowledged, { number: entry.number, report: entry.report }];
      const next = { ...state, unacknowledged, lastReport: Math.max(state.lastReport, entry.number) };
      return entry.report.kind === 'Ended' ? end(next, entry.report.attemptId, entry.report.outcome) : next;
    }
    case 'acknowledged': {
      const unacknowledged = state.unacknowledged.filter((report) => report.number > entry.upTo);
      return { ...state, unacknowledged, lastReport: Math.max(state.lastReport, entry.upTo) };
    }
    case 'attempt':
      return withAttempt(state, entry.attempt);
    case 'ended':
      return { ...state, ended: entry.attemptIds };
    case 'unacknowledged':
      return { ...state, unacknowledged: [...state.unacknowledged, { number: entry.number, report: entry.report }] };
    case 'generation':
      return { ...state, generations: withGeneration(state.generations, entry.deploymentId, entry.generation) };
    case 'group':
      return withGroup(state, entry.deploymentGroupId, { lastSuccessful: entry.lastSuccessful, mostRecent: entry.mostRecent });
    default:
      throw new Error(`entry ${String((entry satisfies never as { kind?: unknown }).kind)}`);
  }
}

/** The fewest entries that fold to this very state, from nothing. */
export function restate(state: JournalState): readonly JournalEntry[] {
  return [
    { kind: 'base', format: 1, lastCommand: state.lastCommand, lastReport: state.lastReport },
    ...[...state.generations].map(([deploymentId, generation]): JournalEntry => ({ kind: 'generation', deploymentId, generation })),
    ...[...state.groups].map(([deploymentGroupId, group]): JournalEntry => ({ kind: 'group', deploymentGroupId, ...group })),
    ...(state.ended.length === 0 ? [] : [{ kind: 'ended', attemptIds: state.ended } as const]),
    ...[...state.attempts.values()].flatMap(restateAttempt),
    ...state.unacknowledged.map((report): JournalEntry => ({ kind: 'unacknowledged', ...report })),
  ];
}

/** Script by script, since all of them together might not fit in one record. */
function restateAttempt(attempt: AttemptRecord): readonly JournalEntry[] {
  const { attemptId } = attempt.command;
  const starts = attempt.scriptStarts.map((start): JournalEntry => ({ kind: 'scriptStarting', attemptId, ...start }));
  return [{ kind: 'attempt', attempt: { ...attempt, scriptStarts: [] } }, ...starts];
}

function accept(state: JournalState, command: Command, number: number, at: number): JournalState {
  switch (command.kind) {
    case 'RunEvent': {
      const generations = withGeneration(state.generations, command.deploymentId, command.generation);
      return withAttempt({ ...state, generations }, { command, number, acceptedAt: at, scriptStarts: [], cancelled: null });
    }
    case 'Cancel': {
      const attempt = state.attempts.get(command.attemptId);
      return attempt === undefined ? state : withAttempt(state, { ...attempt, cancelled: attempt.cancelled ?? command.reason });
    }
    case 'Finish':
      return command.status === 'Succeeded' ? withGroup(state, command.deploymentGroupId, { lastSuccessful: command.deploymentId }) : state;
    default:
      return command satisfies never;
  }
}

/** A bundle counts as the group's most recent from the end of its DownloadBundle, as in the original. */
function end(state: JournalState, attemptId: string, outcome: string): JournalState {
  const attempt = state.attempts.get(attemptId);
  if (attempt === undefined) return state;
  const attempts = new Map(state.attempts);
  attempts.delete(attemptId);
  const next = { ...state, attempts, ended: [...state.ended, attemptId].slice(-rememberedAttempts) };
  const { event, deploymentGroupId, deploymentId } = attempt.command;
  return event === 'DownloadBundle' && outcome === 'Succeeded' ? withGroup(next, deploymentGroupId, { mostRecent: deploymentId }) : next;
}

function withAttempt(state: JournalState, attempt: AttemptRecord): JournalState {
  return { ...state, attempts: new Map(state.attempts).set(attempt.command.attemptId, attempt) };
}

function withGroup(state: JournalState, deploymentGroupId: string, change: Partial<GroupRecord>): JournalState {
  const group = state.groups.get(deploymentGroupId) ?? { lastSuccessful: null, mostRecent: null };
  return { ...state, groups: new Map(state.groups).set(deploymentGroupId, { ...group, ...change }) };
}

function withGeneration(generations: ReadonlyMap<string, number>, deploymentId: string, generation: number): ReadonlyMap<string, number> {
  const next = new Map(generations);
  next.delete(deploymentId);
  next.set(deploymentId, Math.max(generation, generations.get(deploymentId) ?? 0));
  for (const oldest of next.keys()) {
    if (next.size <= rememberedDeployments) break;
    next.delete(oldest);
  }
  return next;
}
