// Where the pictures of a deployment go: lines for a log, a redrawn footer for a terminal, JSON lines for a program, or
// nowhere. Control characters are written to a terminal only.

import type { DeploymentChange } from '../protocol/model/deployment-change.ts';
import { footer, linesOfChange } from './render.ts';
import type { Sink } from './surroundings.ts';
import type { Clock } from '../world/clock.ts';

export interface Progress {
  readonly show: (before: DeploymentChange | null, change: DeploymentChange) => void;
  /** A remark about the watching itself. */
  readonly note: (sentence: string) => void;
  /** Leaves the terminal tidy. Idempotent. */
  readonly end: () => void;
}

export const silentProgress: Progress = { show() {}, note() {}, end() {} };

/** One line for each fact, as it becomes known. */
export function plainProgress(out: Sink, err: Sink): Progress {
  return {
    show: (before, change) => linesOfChange(before, change).forEach((line) => out.write(`${line}\n`)),
    note: (sentence) => err.write(`${sentence}\n`),
    end() {},
  };
}

/** One JSON value on one line for each picture that differs from the one before. */
export function jsonProgress(out: Sink, err: Sink, spell: (change: DeploymentChange) => unknown): Progress {
  return {
    show: (_, change) => out.write(`${JSON.stringify(spell(change))}\n`),
    note: (sentence) => err.write(`${sentence}\n`),
    end() {},
  };
}

const redrawMs = 500;

/** Lines scroll up as in a log; below them a footer is redrawn, twice a second too, so that its clock moves. */
export function liveProgress(out: Sink, clock: Clock): Progress {
  let drawn = 0;
  let current: { readonly change: DeploymentChange; readonly sinceMs: number } | null = null;
  let timer = { cancel() {} };
  const clear = (): string => (drawn === 0 ? '' : `\x1b[${drawn}A\x1b[0J`);
  const draw = (lines: readonly string[]): void => {
    const size = { columns: out.columns(), rows: out.rows() };
    const below = current === null ? [] : footer(current.change, clock.monotonic() - current.sinceMs, size);
    out.write(clear() + [...lines, ...below].map((line) => `${line}\n`).join(''));
    drawn = below.length;
    timer.cancel();
    if (current !== null) timer = clock.after(redrawMs, () => draw([]));
  };
  return {
    show(before, change) {
      const isSame = before !== null && current !== null;
      current = { change, sinceMs: isSame ? current!.sinceMs : clock.monotonic() };
      draw(linesOfChange(before, change));
    },
    note: (sentence) => draw([sentence]),
    end() {
      timer.cancel();
      if (drawn > 0) out.write(clear());
      drawn = 0;
      current = null;
    },
  };
}
