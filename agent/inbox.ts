// Commands from the server: each is accepted once, however often it comes, and is in the journal before it is
// acknowledged or acted on. What to make of a command is a pure decision; see judge.

import { Buffer } from 'node:buffer';
import { whyNotParameter } from '../protocol/model/parameter.ts';
import { refuseSecrets } from '../hooks/redaction/redaction.ts';
import type { Command, FinishCommand, RunEventCommand } from '../protocol/session/frames.ts';
import { openAttemptQueue } from './attempt-queue.ts';
import type { QueueParts, QueueUnderway } from './attempt-queue.ts';
import type { JournalState } from './journal-state.ts';

export interface Inbox {
  /** Highest command number that is durable here. */
  readonly lastDurable: number;
  /** Takes in a command. Resolves when it may be acknowledged; rejects when the journal is broken. */
  receive(number: number, command: Command): Promise<void>;
  /** Goes on with everything the journal has as accepted and not ended. Call once, before any `receive`. */
  resume(): void;
  readonly underway: QueueUnderway;
  /** Lets running scripts run on, starts nothing more, and resolves when all executors have returned. */
  leave(): Promise<void>;
}

export interface InboxLimits {
  readonly maxApplications: number;
  /** Attempts waiting or running; more are refused. */
  readonly maxAttempts: number;
}

/** Longest command kept, as JSON: it must fit in one journal record. */
export const maxCommandBytes = 48 * 1024;

export type Judgement =
  | { readonly kind: 'accept' }
  /** Came before: nothing to do but acknowledge. */
  | { readonly kind: 'duplicate' }
  /** Must not be run; the sentence goes into the report. */
  | { readonly kind: 'refuse'; readonly command: RunEventCommand; readonly sentence: string };

/** What to make of a command, given all that was accepted before. Pure. */
export function judge(state: JournalState, number: number, command: Command, limits: InboxLimits): Judgement {
  if (number <= state.lastCommand) return { kind: 'duplicate' };
  if (command.kind !== 'RunEvent') return { kind: 'accept' };
  const { attemptId, deploymentId, generation } = command;
  if (state.attempts.has(attemptId) || state.ended.includes(attemptId)) return { kind: 'duplicate' };
  const accepted = state.generations.get(deploymentId);
  if (accepted !== undefined && generation <= accepted) {
    return { kind: 'refuse', command, sentence: `The command for ${command.event} of ${deploymentId} is out of date: its generation is ${generation}, and ${accepted} was accepted before.` };
  }
  if (state.attempts.size >= limits.maxAttempts) {
    return { kind: 'refuse', command, sentence: `This host has ${state.attempts.size} lifecycle events waiting already and takes no more.` };
  }
  const unfit = refuseSecrets(command.redact ?? []);
  if (unfit !== null) return { kind: 'refuse', command, sentence: unfit };
  const misnamed = Object.keys(command.environment ?? {}).map(whyNotParameter).find((sentence) => sentence !== null);
  if (misnamed !== undefined) return { kind: 'refuse', command, sentence: misnamed };
  const bytes = Buffer.byteLength(JSON.stringify(command));
  if (bytes > maxCommandBytes) {
    return { kind: 'refuse', command, sentence: `The command for ${command.event} is ${bytes} bytes long; this agent takes at most ${maxCommandBytes}.` };
  }
  return { kind: 'accept' };
}

export function openInbox(parts: Omit<QueueParts, 'maxApplications'> & { readonly limits: InboxLimits }): Inbox {
  const { journal, outbox, executors, clock, log, limits } = parts;
  const queue = openAttemptQueue({ ...parts, maxApplications: limits.maxApplications });

  async function accept(number: number, command: Command): Promise<void> {
    const at = clock.now();
    switch (command.kind) {
      case 'RunEvent':
        await outbox.record({ kind: 'Accepted', attemptId: command.attemptId, at }, { kind: 'accepted', number, command, at });
        queue.add(command.attemptId);
        return;
      case 'Cancel':
        await journal.append({ kind: 'accepted', number, command, at });
        queue.cancel(command.attemptId, command.reason);
        return;
      case 'Finish':
        await journal.append({ kind: 'accepted', number, command, at });
        await noteFinish(command);
        return;
      default:
        command satisfies never;
    }
  }

  async function noteFinish(command: FinishCommand): Promise<void> {
    try {
      await executors.finish(command);
    } catch (error) {
      log.warn({ deploymentId: command.deploymentId, reason: (error as Error).message }, 'The end of a deployment is in the journal, but could not be noted on the disk.');
    }
  }

  async function take(number: number, command: Command): Promise<void> {
    const judgement = judge(journal.state, number, command, limits);
    switch (judgement.kind) {
      case 'accept':
        return accept(number, command);
      case 'duplicate':
        // Appended so that the acknowledgement waits for whatever the first one still waits for.
        return journal.append({ kind: 'passedOver', number });
      case 'refuse': {
        const at = clock.now();
        const { attemptId, event, deploymentId } = judgement.command;
        log.warn({ attemptId, event, deploymentId }, judgement.sentence);
        const diagnostics = { errorCode: 'UnknownError' as const, scriptName: '', message: judgement.sentence, logTail: '' };
        return outbox.record({ kind: 'Ended', attemptId, outcome: 'Refused', diagnostics, warnings: [], startedAt: at, at }, { kind: 'passedOver', number });
      }
      default:
        judgement satisfies never;
    }
  }

  let lastDurable = journal.state.lastCommand;
  return {
    get lastDurable() {
      return lastDurable;
    },
    async receive(number, command) {
      await take(number, command);
      lastDurable = Math.max(lastDurable, number);
    },
    resume() {
      for (const attemptId of journal.state.attempts.keys()) queue.add(attemptId);
    },
    get underway() {
      return queue.underway;
    },
    leave: () => queue.leave(),
  };
}
