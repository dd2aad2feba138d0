// All output of hooks on its way to the server, attempt by attempt. Scripts never wait for it: what comes faster than it
// goes is kept in files up to a bound, and beyond that only the end of it; the server sees from the offsets how much is
// missing. One chunk is under way at a time, so that reports never queue behind output.
// What is kept of one attempt, and how, is told in ./attempt-backlog.ts.

import { join } from 'node:path';
import type { OutputLine } from '../hooks/script-output.ts';
import type { LogAcknowledge, LogFrame } from '../protocol/session/frames.ts';
import type { Clock } from '../world/clock.ts';
import type { Files } from '../world/files.ts';
import type { Log } from '../world/log.ts';
import { AttemptBacklog, defaultLogLimits } from './attempt-backlog.ts';
import type { LogBudget, LogLimits } from './attempt-backlog.ts';
import { LogSpool } from './log-spool.ts';

/** Where the lines of one attempt go. */
export interface AttemptLog {
  /** Takes a line; one that came before is passed over. Never throws, never waits. */
  add(line: OutputLine): void;
  /** All lines have come. Resolves when what is to be sent is in the file. Never rejects. */
  end(): Promise<void>;
}

export interface LogStream {
  attempt(attemptId: string): AttemptLog;
  /** After a restart: no more lines will come for attempts that are not open. */
  recover(openAttempts: ReadonlySet<string>): void;
  /** The next frame to send, fairly among attempts; null when there is none now. */
  next(): Promise<LogFrame | null>;
  acknowledge(acknowledged: LogAcknowledge): void;
  /** Calls `listener` whenever there may be something to send. One listener; null to let go. */
  onMore(listener: (() => void) | null): void;
}

export interface LogStreamParts {
  readonly files: Files;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly log: Log;
  /** For these files alone. */
  readonly folder: string;
  readonly limits?: LogLimits;
}

/** Opens the stream with what an earlier life of the agent could not send. */
export async function openLogStream(parts: LogStreamParts): Promise<LogStream> {
  const { files, folder, log } = parts;
  const attempts = new Map<string, AttemptBacklog>();
  let listen: (() => void) | null = null;
  const budget: LogBudget = {
    limits: parts.limits ?? defaultLogLimits,
    spooledBytes: () => [...attempts.values()].reduce((sum, attempt) => sum + attempt.spooledBytes, 0),
  };

  /** Ends an attempt's log; one with nothing left to send is forgotten at once. */
  async function end(attemptId: string, attempt: AttemptBacklog): Promise<void> {
    await attempt.end();
    if (attempt.isOver && attempts.get(attemptId) === attempt) attempts.delete(attemptId);
    if (attempt.isOver) await attempt.remove();
  }

  function hold(attemptId: string, spool: Promise<LogSpool>): AttemptBacklog {
    const attempt = new AttemptBacklog(parts, budget, attemptId, spool, () => listen?.());
    attempts.set(attemptId, attempt);
    return attempt;
  }

  await files.makeFolder(folder);
  for (const name of await files.list(folder)) {
    const attemptId = /^([A-Za-z0-9-]{1,64})\.log$/.exec(name)?.[1];
    if (attemptId === undefined) continue;
    const spool = await LogSpool.open(files, join(folder, name));
    hold(attemptId, Promise.resolve(spool));
  }

  return {
    attempt(attemptId) {
      const attempt = attempts.get(attemptId) ?? hold(attemptId, LogSpool.open(files, join(folder, `${attemptId}.log`)));
      return { add: (line) => attempt.add(line), end: () => end(attemptId, attempt) };
    },
    recover(openAttempts) {
      for (const [attemptId, attempt] of attempts) if (!openAttempts.has(attemptId)) void end(attemptId, attempt);
    },
    async next() {
      for (const [attemptId, attempt] of attempts) {
        try {
          const first = await attempt.first();
          if (first !== null) return { kind: 'logChunk', attemptId, ...first };
        } catch (error) {
          log.warn({ attemptId, reason: (error as Error).message }, 'Output of a hook that waited to be sent cannot be read, and is given up.');
          attempts.delete(attemptId);
        }
      }
      return null;
    },
    acknowledge({ attemptId, number, has, isWanted }) {
      const attempt = attempts.get(attemptId);
      if (attempt === undefined) return;
      attempts.delete(attemptId);
      // Put behind the others: each gets its turn.
      if (!isWanted) return attempt.giveUp();
      attempt.forget(number, has);
      if (attempt.isOver) void attempt.remove();
      else attempts.set(attemptId, attempt);
    },
    onMore(listener) {
      listen = listener;
    },
  };
}
