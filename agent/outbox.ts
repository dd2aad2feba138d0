// Reports on their way to the server: each is in the journal before it can be sent, and stays there until the server
// says that it is safe. So they outlive breaks and restarts, in order, and the number of a report never means two.

import { Buffer } from 'node:buffer';
import type { Report } from '../protocol/session/frames.ts';
import type { OutgoingCursor } from '../protocol/session/cursor.ts';
import { outgoingFrom } from '../protocol/session/cursor.ts';
import type { Journal } from './journal.ts';
import type { JournalEntry, NumberedReport } from './journal-state.ts';

export interface Outbox {
  /** Numbers and journals a report, and the entries that must stand or fall with it. Resolves when durable. */
  record(report: Report, ...alongside: readonly JournalEntry[]): Promise<void>;
  /** The durable reports after `number`, in order. */
  after(number: number): readonly NumberedReport[];
  /** Where numbering stands, counting durable reports only. */
  readonly cursor: OutgoingCursor;
  /** The server has everything up to this number, which must have been sent. */
  acknowledge(upTo: number): void;
  /** Calls `listener` whenever there may be something more to send. One listener; null to let go. */
  onMore(listener: (() => void) | null): void;
}

export function openOutbox(journal: Journal): Outbox {
  let durable = journal.state.lastReport;
  let listen: (() => void) | null = null;

  return {
    async record(report, ...alongside) {
      const number = journal.state.lastReport + 1;
      await journal.append(...alongside, { kind: 'reported', number, report: clip(report) });
      durable = Math.max(durable, number);
      listen?.();
    },
    after: (number) => journal.state.unacknowledged.filter((report) => report.number > number && report.number <= durable),
    get cursor() {
      const first = journal.state.unacknowledged[0]?.number ?? journal.state.lastReport + 1;
      return outgoingFrom(durable, Math.min(first - 1, durable));
    },
    acknowledge(upTo) {
      if (!journal.state.unacknowledged.some((report) => report.number <= upTo)) return;
      // Losing this entry costs a repeated report at most.
      journal.mention({ kind: 'acknowledged', upTo });
    },
    onMore(listener) {
      listen = listener;
    },
  };
}

const mostWarnings = 20;
const mostReportBytes = 48 * 1024;

/** A report within the limits of protocol/session/frames.ts and of a journal record: what is cut is the least telling. */
export function clip(report: Report): Report {
  if (report.kind === 'Accepted') return report;
  const { errorCode, scriptName, message, logTail } = report.diagnostics;
  const clipped = {
    ...report,
    diagnostics: { errorCode, scriptName: scriptName.slice(0, 4096), message: message.slice(0, 8192), logTail: logTail.slice(-8192) },
    warnings: report.warnings.slice(0, mostWarnings).map((warning) => warning.slice(0, 1024)),
  };
  if (sizeOf(clipped) <= mostReportBytes) return clipped;
  const short = { errorCode, scriptName: scriptName.slice(0, 1024), message: message.slice(0, 2048), logTail: logTail.slice(-2048) };
  return { ...clipped, diagnostics: short, warnings: [] };
}

function sizeOf(report: Report): number {
  return Buffer.byteLength(JSON.stringify(report));
}
