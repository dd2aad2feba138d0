// Scripts that run on one target of a deployment only (`once: true`, such as a migration). The first target to reach
// such an event is elected and runs it whole; what the others may do follows from how it went there:
//
//   nobody has begun it --> elected          it runs there   --> wait
//   it succeeded there  --> the rest of it   it failed there --> fail without a try: half a migration is not repeated
//
// An event that the server gave up on counts as failed: how far it got is not known. Where somebody is asked about the
// failure, it is as if it still ran: a retry may yet succeed, and is run by the same target.

import { ignorableEvents } from '../../protocol/model/lifecycle-order.ts';
import { deadlineOf } from './deadlines.ts';
import { mayRunAgain } from './guided-failure.ts';
import type { EventState, Snapshot, TargetState } from './snapshot.ts';

export type OnceVerdict =
  | { readonly kind: 'runAll' }
  /** Without the scripts that are to run once. */
  | { readonly kind: 'runRest' }
  | { readonly kind: 'wait' | 'fail'; readonly onTargetId: string };

interface Standing {
  /** Undecided: it failed there, and may be run again. */
  readonly how: 'Succeeded' | 'InProgress' | 'Undecided' | 'Failed';
  readonly onTargetId: string;
}

/** Of what several targets did, as with agents that know nothing of `once`, this counts first. */
const precedence: readonly Standing['how'][] = ['Succeeded', 'InProgress', 'Undecided', 'Failed'];

/** Who has begun the once scripts of which event. One plan's own: electing a target changes it. */
export class OnceLedger {
  /** Is any event of this deployment subject to it? If not, the ledger never has an opinion. */
  readonly isEmpty: boolean;
  readonly #standings = new Map<string, Standing>();

  constructor(snapshot: Snapshot) {
    const names = new Set(snapshot.targets.flatMap(onceEventsOf));
    this.isEmpty = names.size === 0;
    if (this.isEmpty) return;
    for (const target of snapshot.targets) {
      for (const event of target.events) if (names.has(event.name)) this.#note(target, event, snapshot);
    }
  }

  /** What the target may do about an event that is its next. Whoever asks first is elected. */
  ask(target: TargetState, event: string): OnceVerdict {
    if (this.isEmpty || !onceEventsOf(target).includes(event)) return { kind: 'runAll' };
    const standing = this.#standings.get(event);
    switch (standing?.how) {
      case undefined:
        this.#standings.set(event, { how: 'InProgress', onTargetId: target.targetId });
        return { kind: 'runAll' };
      case 'Succeeded':
        return { kind: 'runRest' };
      case 'InProgress':
      case 'Undecided':
        if (standing.how === 'Undecided' && standing.onTargetId === target.targetId) return { kind: 'runAll' };
        return { kind: 'wait', onTargetId: standing.onTargetId };
      case 'Failed':
        return { kind: 'fail', onTargetId: standing.onTargetId };
    }
  }

  #note(target: TargetState, event: EventState, snapshot: Snapshot): void {
    if (event.commandedAt === null || event.skipsOnce === true) return;
    const found = { how: howItStands(target, event, snapshot), onTargetId: target.targetId };
    const known = this.#standings.get(event.name);
    if (known === undefined || comesBefore(found, known)) this.#standings.set(event.name, found);
  }
}

/** As the deployment stands once this plan is written: an event over its deadline is given up in it. */
function howItStands(target: TargetState, event: EventState, snapshot: Snapshot): Standing['how'] {
  if (event.status === 'Succeeded') return 'Succeeded';
  if (target.status !== 'InProgress') return 'Failed';
  if (event.status !== 'InProgress') return mayRunAgain(event, event.givenUp ?? null, snapshot) ? 'Undecided' : 'Failed';
  const deadline = deadlineOf(event, target.agent, snapshot);
  if (snapshot.now < deadline.at) return 'InProgress';
  return mayRunAgain(event, deadline.cause, snapshot) ? 'Undecided' : 'Failed';
}

function comesBefore(a: Standing, b: Standing): boolean {
  const difference = precedence.indexOf(a.how) - precedence.indexOf(b.how);
  return difference < 0 || (difference === 0 && a.onTargetId < b.onTargetId);
}

/** The events that may be forgiven are as a rule the last revision's, and are left alone. */
function onceEventsOf(target: TargetState): readonly string[] {
  let events = knownOnceEvents.get(target);
  if (events === undefined) {
    events = target.events.flatMap((event) => event.onceEvents ?? []).filter((event) => !ignorableEvents.includes(event));
    knownOnceEvents.set(target, events);
  }
  return events;
}

/** Snapshots share the targets that stay as they are. */
const knownOnceEvents = new WeakMap<TargetState, readonly string[]>();
