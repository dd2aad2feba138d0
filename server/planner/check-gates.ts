// Part of `check.ts`: what keeps a deployment from starting besides its turn. Written from the promise, not from
// `gates.ts`: before its hour, without approval, outside every window or in a freeze, nothing starts.

import type { Waiting } from '../../protocol/model/waiting.ts';
import type { Instant, Snapshot } from './snapshot.ts';

/** One clause for each gate that is shut now. */
export function gatesShut({ deployment: { gates }, now }: Snapshot): readonly string[] {
  if (gates === undefined) return [];
  return [
    ...(gates.scheduledAt !== null && gates.scheduledAt > now ? [`it is scheduled for ${gates.scheduledAt}`] : []),
    ...(gates.approval !== null && gates.approval.decision !== 'APPROVED' ? ['it is not approved'] : []),
    ...gates.calendar.map((hold) => (hold.kind === 'Window' ? 'no window is open' : `${hold.freezeName} is in force`)),
  ];
}

/** Why it may never start, when that is so. */
export function turnedAway({ deployment: { gates, status }, now }: Snapshot): 'rejected' | 'expired' | null {
  const approval = gates?.approval ?? null;
  if (approval === null || (status !== 'Created' && status !== 'Queued')) return null;
  if (approval.decision === 'REJECTED') return 'rejected';
  return approval.decision === null && approval.expiresAt <= now ? 'expired' : null;
}

export function isTrueOfGates(waiting: Waiting, { deployment: { gates }, now }: Snapshot): boolean {
  if (gates === undefined) return false;
  switch (waiting.reason) {
    case 'Scheduled':
      return waiting.at === gates.scheduledAt && waiting.at > now;
    case 'Approval':
      return gates.approval?.decision === null && waiting.since === gates.approval.since && waiting.expiresAt === gates.approval.expiresAt;
    case 'WindowClosed':
      return gates.calendar.some((hold) => hold.kind === 'Window' && (hold.opensAt ?? undefined) === waiting.opensAt);
    case 'Frozen':
      return gates.calendar.some((hold) => hold.kind === 'Freeze' && hold.freezeName === waiting.freezeName && hold.reason === waiting.because && (hold.until ?? undefined) === waiting.until);
    default:
      return false;
  }
}

/** Each gate that is shut is named once. */
export function checkGatesAreSaid(snapshot: Snapshot, waitingOn: readonly Waiting[], complain: (sentence: string) => void): void {
  const said = waitingOn.filter(({ reason }) => reason === 'Scheduled' || reason === 'Approval' || reason === 'WindowClosed' || reason === 'Frozen').length;
  const shut = gatesShut(snapshot);
  if (snapshot.deployment.stopRequestedAt === null && said !== shut.length) complain(`The plan names ${said} gates that hold the deployment, but ${shut.join(', and ') || 'none'}.`);
}

/** When time itself next changes what the gates say; null when only news can. */
export function firstGateChange({ deployment: { gates }, now }: Snapshot): Instant | null {
  if (gates === undefined) return null;
  const ahead = [
    gates.scheduledAt,
    gates.approval?.decision === null ? gates.approval.expiresAt : null,
    ...gates.calendar.map((hold) => (hold.kind === 'Window' ? hold.opensAt : hold.until)),
  ].filter((instant): instant is number => instant !== null && instant > now);
  return ahead.length === 0 ? null : Math.min(...ahead);
}
