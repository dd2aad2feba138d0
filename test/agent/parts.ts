// An inbox and all below it, over files in memory, with an executor that the test lets go on.

import { openInbox } from '../../agent/inbox.ts';
import type { Inbox } from '../../agent/inbox.ts';
import type { AttemptContext, Ending, Executor, Executors } from '../../agent/executors.ts';
import { success, unsuccessful } from '../../agent/executors.ts';
import { openJournal } from '../../agent/journal.ts';
import type { Journal } from '../../agent/journal.ts';
import { openOutbox } from '../../agent/outbox.ts';
import type { Outbox } from '../../agent/outbox.ts';
import type { FinishCommand, Report, RunEventCommand } from '../../protocol/session/frames.ts';
import type { TestWorld } from './doubles.ts';
import { testWorld } from './doubles.ts';

export const journalPath = '/data/journal/journal.log';

/** An attempt in the hands of an executor. */
export interface UnderWay {
  readonly command: RunEventCommand;
  readonly context: AttemptContext;
  end(ending?: Ending): void;
}

/** Executors that do nothing but wait for the test; a cancelled or left attempt ends by itself. */
export class TestExecutors implements Executors {
  readonly underWay = new Map<string, UnderWay>();
  /** Attempt ids in the order in which they were begun; an id twice is a script that ran twice. */
  readonly begun: string[] = [];
  readonly finished: FinishCommand[] = [];
  readonly endedAttempts: string[] = [];
  recoveries = 0;

  readonly #wait: Executor = (command, context) => {
    this.begun.push(command.attemptId);
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.underWay.set(command.attemptId, { command, context, end: (ending = success()) => resolve(ending) });
    const cancel = () => resolve(unsuccessful('Cancelled', 'ended'));
    context.cancelled.addEventListener('abort', cancel, { once: true });
    if (context.cancelled.aborted) cancel();
    context.leaving.addEventListener('abort', () => resolve(unsuccessful('Interrupted', 'left')), { once: true });
    return promise.finally(() => this.underWay.delete(command.attemptId));
  };
  readonly downloadBundle = this.#wait;
  readonly install = this.#wait;
  readonly runHooks = this.#wait;

  async recover(): Promise<void> {
    this.recoveries += 1;
  }

  async ended({ attemptId }: RunEventCommand): Promise<void> {
    this.endedAttempts.push(attemptId);
  }

  async finish(command: FinishCommand): Promise<void> {
    this.finished.push(command);
  }
}

export interface Parts {
  readonly world: TestWorld;
  readonly executors: TestExecutors;
  readonly journal: Journal;
  readonly outbox: Outbox;
  readonly inbox: Inbox;
  /** Reports not yet acknowledged, as `Kind attempt outcome`. */
  reports(): readonly string[];
  /** The same disk, and all else new: the agent was killed. */
  restart(): Promise<Parts>;
}

export async function openParts(world = testWorld(), limits = { maxApplications: 16, maxAttempts: 100 }): Promise<Parts> {
  const executors = new TestExecutors();
  const journal = await openJournal(world.files, journalPath);
  const outbox = openOutbox(journal);
  const inbox = openInbox({ journal, outbox, executors, clock: world.clock, log: world.log, limits });
  return {
    world,
    executors,
    journal,
    outbox,
    inbox,
    reports: () => outbox.after(0).map(({ report }) => say(report)),
    restart: () => openParts(testWorld(world.files.afterPowerCut('lost')), limits),
  };
}

function say(report: Report): string {
  return report.kind === 'Ended' ? `Ended ${report.attemptId} ${report.outcome}` : `Accepted ${report.attemptId}`;
}
