// The one line that this demo is about: how many requests, how many failed. On a terminal it stays below everything else
// and counts; elsewhere it is written every few seconds.

import { realClock } from '../../../world/real/clock.ts';
import type { LoadCounts } from '../../traffic/load-settings.ts';
import type { DemoOptions } from '../run-demo.ts';

export interface TrafficLine {
  /** Everything else that is written goes through here. */
  write(text: string): void;
  show(counts: LoadCounts): void;
  /** Leaves the terminal tidy. */
  end(): void;
}

const seldomMs = 3_000;

export function trafficLine(out: DemoOptions['out']): TrafficLine {
  const isTerminal = out.isTTY === true;
  let drawn = '';
  let writtenAt = -Infinity;
  const clear = (): string => (drawn === '' ? '' : '\r\x1b[0K');
  return {
    write(text) {
      // Whole lines only, or the counter would tear them.
      out.write(`${clear()}${text}${drawn}`);
    },
    show(counts) {
      if (isTerminal) {
        const line = trafficSentence(counts).slice(0, Math.max(20, (out.columns ?? 80) - 1));
        out.write(`${clear()}${line}`);
        drawn = line;
      } else if (realClock.monotonic() - writtenAt > seldomMs) {
        writtenAt = realClock.monotonic();
        out.write(`${trafficSentence(counts)}\n`);
      }
    },
    end() {
      out.write(clear());
      drawn = '';
    },
  };
}

export function trafficSentence({ sent, failed, versions }: LoadCounts): string {
  const answers = Object.entries(versions).map(([version, count]) => `${version}: ${count}`);
  return `  ▸ ${sent} requests, ${failed} failed${answers.length === 0 ? '' : ` (answered by ${answers.join(', ')})`}`;
}
