// Sends the output of hooks over one connection: one chunk at a time, each only after the one before is acknowledged, and
// none while a report waits. What the server has already, it says in its acknowledgement of the first.

import type { LogAcknowledge, LogFrame } from '../protocol/session/frames.ts';
import type { LogStream } from './log-stream.ts';

export interface LogSender {
  /** There may be something to send, or nothing in its way any more. */
  push(): void;
  acknowledge(frame: LogAcknowledge): void;
  stop(): void;
}

/** `mayGo`: is nothing more urgent waiting? */
export function startLogSender(logs: LogStream, send: (frame: LogFrame) => void, mayGo: () => boolean): LogSender {
  let underWay: LogFrame | null = null;
  let isLooking = false;
  let lookAgain = false;
  let isStopped = false;

  async function look(): Promise<void> {
    const frame = await logs.next();
    if (frame === null || isStopped) return;
    if (!mayGo()) return; // whoever holds it up pushes afterwards
    underWay = frame;
    send(frame);
  }

  function push(): void {
    if (isStopped || underWay !== null || !mayGo()) return;
    lookAgain = isLooking;
    if (isLooking) return;
    isLooking = true;
    void look().finally(() => {
      isLooking = false;
      if (lookAgain) push();
    });
  }

  logs.onMore(push);
  push();
  return {
    push,
    acknowledge(frame) {
      if (underWay === null || frame.attemptId !== underWay.attemptId || frame.number !== underWay.number) return;
      underWay = null;
      logs.acknowledge(frame);
      push();
    },
    stop() {
      isStopped = true;
      logs.onMore(null);
    },
  };
}
