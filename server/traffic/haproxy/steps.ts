// What to tell HAProxy about a server, from where it is and where it is wanted. Pure. Asked for the same again, it is the next
// step, or none.
//
// Blocking:  in service --drain--> draining --nothing under way, or sticky clients have had their time--> maintenance.
// Draining lets clients in that stick to the server (by a cookie, or a table); maintenance sends them to others. Both let what is
// under way end; but where the configuration says `on-marked-down shutdown-sessions`, maintenance would cut it, so it comes
// last. A server is blocked only in maintenance: one in drain may get a sticky client's request at any moment.
//
// Allowing: `ready` alone would count what the health check said before; so the server is marked down in the same breath, and
// its check brings it up. Where no check runs nothing would bring it up: there it is ready at once.

import type { HaproxyChange } from '../../../protocol/session/haproxy.ts';
import type { HaproxyServer } from './sight.ts';

export interface BlockRules {
  readonly isForced: boolean;
  /** How long clients that stick to a draining server may go on. */
  readonly stickySeconds: number;
  /** After so long in a blocked state what is left is cut off; null: never. */
  readonly cutAfterSeconds: number | null;
}

export function stepsToBlock(server: HaproxyServer, { isForced, stickySeconds, cutAfterSeconds }: BlockRules): readonly HaproxyChange[] {
  const { isMaintenance, isDrain, inFlight, isSticky, sinceSeconds } = server;
  const maintenance = isMaintenance ? [] : [step(server, 'maintenance')];
  if (isForced) return [...maintenance, ...(isMaintenance && inFlight === 0 ? [] : [step(server, 'cut')])];
  if (!isMaintenance && !isDrain) return [step(server, 'drain')];
  if (inFlight === 0) return maintenance;
  if (cutAfterSeconds !== null && sinceSeconds >= cutAfterSeconds) return [...maintenance, step(server, 'cut')];
  return isSticky && sinceSeconds >= stickySeconds ? maintenance : [];
}

export function stepsToAllow(server: HaproxyServer): readonly HaproxyChange[] {
  if (!server.isMaintenance && !server.isDrain) return [];
  return [step(server, server.isChecked && server.tracked === null ? 'readyOnceHealthy' : 'ready')];
}

/** Null where the server's own weight is too small for the share to be told from another. */
export function stepsToWeigh(server: HaproxyServer, share: number): readonly HaproxyChange[] | null {
  const weight = weightOf(server, share);
  if (weight === null) return null;
  return weight === server.weight ? [] : [{ ...step(server, 'weight'), weight }];
}

/** A share of the server's own weight, as a weight; exact to a point in a hundred, else null. */
export function weightOf({ baseWeight }: HaproxyServer, share: number): number | null {
  const weight = Math.round((baseWeight * share) / 100);
  return Math.abs(weight * 100 - share * baseWeight) <= baseWeight ? weight : null;
}

export function shareOf({ weight, baseWeight }: HaproxyServer): number {
  return baseWeight === 0 ? 0 : Math.min(100, Math.round((weight * 100) / baseWeight));
}

/** Whether it is where the steps lead: read back after each change. */
export function hasTaken(server: HaproxyServer, { to, weight }: HaproxyChange): boolean {
  switch (to) {
    case 'drain':
      return server.isDrain || server.isMaintenance;
    case 'maintenance':
      return server.isMaintenance;
    case 'cut':
      return true;
    case 'ready':
    case 'readyOnceHealthy':
      return !server.isMaintenance && !server.isDrain;
    case 'weight':
      return server.weight === weight;
  }
}

function step({ backend, name }: HaproxyServer, to: HaproxyChange['to']): HaproxyChange {
  return { backend, server: name, to };
}
