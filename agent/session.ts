// The agent's line to its controller: one WebSocket, dialled from here, kept up for as long as the agent runs.
//
//   dialling ── connected ──▶ greeting ── welcome ──▶ live ── close, silence or a bad frame ──▶ resting ──▶ dialling
//      └── refused, timed out ──▶ resting   └── refused, too slow ──▶ resting
//
// dialling: the network door connects, or says what to check.
// greeting: the controller sends its challenge; we answer hello, signed, with the highest command number that is
//   durable here; its welcome says the highest report number that is durable there. All within `greetingMs`.
// live: reports after that number go up in order; commands come down in order and are acknowledged once durable. A
//   duplicate is acknowledged again; a gap means that one side has lost its memory: close and begin anew. Both sides
//   ping; a controller not heard for three intervals is gone, whatever TCP says.
// resting: a jittered delay whose window grows with each failure. Where the controller said no in a way that only an
//   operator can change (not enrolled any more, replaced, other controller), the agent comes back slowly, but does.
//
// Greeting and live are ./attendance.ts; this file dials and rests.

import { reconnectDelayMs } from '../world/backoff.ts';
import { closeCodes, shouldComeBack } from '../protocol/session/close-codes.ts';
import { Attendance } from './attendance.ts';
import type { Parting, SessionParts } from './attendance.ts';

/** A connection that was live this long starts the backoff afresh. */
const steadyMs = 5_000;

/** Keeps the session up until `signal` is aborted; then closes it in an orderly way and resolves. */
export async function keepSession(parts: SessionParts, signal: AbortSignal): Promise<void> {
  const { world, settings } = parts;
  let failures = 0;
  while (!signal.aborted) {
    const renewal = parts.renewal?.();
    const parting = await connectOnce(parts, renewal === undefined ? signal : AbortSignal.any([signal, renewal]));
    if (renewal?.aborted === true && !signal.aborted && parting.liveMs > 0) {
      // Ended from here, to say hello anew: no trouble, and nothing to wait for.
      parts.world.log.info({ reason: parting.reason }, 'The session is begun anew.');
      continue;
    }
    parts.onProgress();
    if (signal.aborted) return;
    if (parting.liveMs >= steadyMs) failures = 0;
    const isOtherKeyWorthIt = parting.code === closeCodes.notAuthenticated.code && parts.identity.refused();
    const isHopeful = isOtherKeyWorthIt || (shouldComeBack(parting.code) && parting.code !== closeCodes.versionMismatch.code);
    const restMs = isHopeful ? reconnectDelayMs(failures, (n) => world.random.below(n)) : settings.slowRestMs;
    sayWhy(parts, parting, failures, restMs, isHopeful);
    failures += 1;
    await world.clock.sleep(restMs, signal).catch(() => undefined);
  }
}

function sayWhy(parts: SessionParts, parting: Parting, failures: number, restMs: number, isHopeful: boolean): void {
  const fields = { code: parting.code, reason: parting.reason, againInMs: restMs };
  const { log } = parts.world;
  if (!isHopeful) log.error(fields, `The controller does not take this agent (${parting.reason || `code ${parting.code}`}). Trying again now and then, in case an operator puts it right.`);
  else if (failures === 0 || (failures & (failures - 1)) === 0) log.warn(fields, `No connection to the controller (${parting.reason || `code ${parting.code}`}); trying again.`);
  else log.debug(fields, 'Still no connection to the controller.');
}

async function connectOnce(parts: SessionParts, signal: AbortSignal): Promise<Parting> {
  const { settings, world } = parts;
  try {
    const options = { timeoutMs: settings.connectTimeoutMs, signal, ...(settings.ca === null ? {} : { ca: settings.ca }) };
    const connection = await world.network.connect(settings.url, options);
    return await new Attendance(parts, connection).attend(signal);
  } catch (error) {
    return { code: 1006, reason: error instanceof Error ? error.message : String(error), liveMs: 0 };
  }
}
