// Connections that have proved nothing yet, held back by where they come from: so many a second may begin, a few more wait
// their turn unread, and the rest is cut off. What proves itself (a key, a signature, a session, a join token) gives its
// place back at once, so a whole fleet behind one address is not slowed, and whoever only knocks cannot fill the house.

import type { Socket } from 'node:net';
import type { Clock, Timer } from '../../world/clock.ts';
import { neighbourhood } from './neighbourhood.ts';

export interface NewcomerLimits {
  /** From one address, a second. */
  readonly newcomersPerSecond: number;
}

export interface Newcomers {
  /** Calls `admit` when the connection may begin, which may be never. */
  receive(socket: Socket, admit: () => void): void;
  /** Somebody is known at the other end. */
  proved(socket: Socket): void;
  /** Cuts off those that wait. */
  close(): void;
  /** Cuts off all that have proved nothing: a handshake that was never made keeps a house from closing. */
  cutOff(): void;
}

interface Gate {
  places: number;
  at: number;
  readonly waiting: { readonly socket: Socket; readonly admit: () => void }[];
  timer: Timer | null;
}

/** So many seconds' worth may wait. */
const waitingSeconds = 5;
const mostGates = 10_000;

export function holdNewcomers({ newcomersPerSecond: perSecond }: NewcomerLimits, clock: Clock): Newcomers {
  const gates = new Map<string, Gate>();
  /** Where each newcomer took its place. By its address and port: what TLS makes of a socket is another object. */
  const taken = new Map<string, { readonly address: string; readonly socket: Socket }>();

  function gateOf(address: string): Gate {
    const now = clock.monotonic();
    const gate = gates.get(address) ?? { places: perSecond, at: now, waiting: [], timer: null };
    gate.places = Math.min(perSecond, gate.places + ((now - gate.at) * perSecond) / 1000);
    gate.at = now;
    // Set anew, so that the map's order is the order of last use.
    gates.delete(address);
    gates.set(address, gate);
    for (const [other, { at, waiting }] of gates) {
      if ((now - at < 1_000 && gates.size <= mostGates) || waiting.length > 0) break;
      gates.delete(other);
    }
    return gate;
  }

  function begin(address: string, gate: Gate, socket: Socket, admit: () => void): void {
    gate.places -= 1;
    const name = nameOf(socket);
    taken.set(name, { address, socket });
    socket.once('close', () => taken.delete(name));
    admit();
  }

  function letIn(address: string): void {
    const gate = gateOf(address);
    gate.timer?.cancel();
    gate.timer = null;
    while (gate.places >= 1) {
      const next = gate.waiting.shift();
      if (next === undefined) return;
      if (!next.socket.destroyed) begin(address, gate, next.socket, next.admit);
    }
    if (gate.waiting.length > 0) gate.timer = clock.after(((1 - gate.places) * 1000) / perSecond, () => letIn(address));
  }

  return {
    receive(socket, admit) {
      const address = neighbourhood(socket.remoteAddress ?? '');
      const gate = gateOf(address);
      if (gate.waiting.length === 0 && gate.places >= 1) return begin(address, gate, socket, admit);
      if (gate.waiting.length >= perSecond * waitingSeconds) return void socket.destroy();
      // Until somebody reads it, it may break without anyone to hear.
      socket.on('error', () => socket.destroy());
      gate.waiting.push({ socket, admit });
      gate.timer ??= clock.after(((1 - gate.places) * 1000) / perSecond, () => letIn(address));
    },
    proved(socket) {
      const name = nameOf(socket);
      const address = taken.get(name)?.address;
      if (address === undefined) return;
      taken.delete(name);
      const gate = gateOf(address);
      gate.places = Math.min(perSecond, gate.places + 1);
      if (gate.waiting.length > 0) letIn(address);
    },
    close() {
      for (const { waiting, timer } of gates.values()) {
        timer?.cancel();
        for (const { socket } of waiting.splice(0)) socket.destroy();
      }
    },
    cutOff() {
      for (const { socket } of [...taken.values()]) socket.destroy();
    },
  };
}

function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress ?? ''} ${remotePort ?? ''}`;
}
