// What hooks printed, as lines for a terminal: when, where, which event and stream. Nothing in it can move the cursor. What
// was not kept is said where it is missing, counted from what this reader has seen, not from what is still kept.

import { printable } from './printable.ts';
import type { LogPiece } from '../protocol/model/log-piece.ts';

/** Makes lines of pieces in order. Keeps how far each stream has been shown. */
export function logLines(): (piece: LogPiece) => readonly string[] {
  const shown = new Map<string, number>();
  return (piece) => {
    const key = [piece.targetId, piece.attemptId, piece.scriptIndex, piece.restart, piece.stream].join('/');
    const missing = piece.offset - (shown.get(key) ?? 0);
    shown.set(key, piece.offset + piece.length);
    const time = new Date(piece.seenAt).toISOString().slice(11, 19);
    const prefix = printable(`${time} ${piece.targetId} ${piece.lifecycleEventName} [${piece.stream}] `);
    const gap = missing > 0 ? [`${prefix}... ${missing} bytes dropped here ...`] : [];
    return [...gap, ...piece.text.split('\n').map((line) => prefix + printable(line.replaceAll('\t', '  ')))];
  };
}
